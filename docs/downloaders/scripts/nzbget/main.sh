#!/bin/sh
# NZBGet post-processing extension: tells Home Assistant where a finished download is.
#
# Only of use where NZBGet puts its downloads into a Plex library, or where a path mapping leads there. Otherwise
# Sonarr, Radarr or Lidarr should tell, since they know where the files went.
# Copy this folder into NZBGet's ScriptDir, and plex-smart-scan.sh into the folder.
set -u

# NZBGet's exit codes.
SUCCESS=93
FAILURE=94
NOTHING_DONE=95

if [ "${NZBPP_TOTALSTATUS:-}" != SUCCESS ]; then
	echo "[INFO] The download failed, nothing to tell Plex"
	exit "$NOTHING_DONE"
fi
# The options of the extension, as set on NZBGet's settings page, count before the environment.
PLEX_SMART_SCAN_WEBHOOK=${NZBPO_WEBHOOK:-${PLEX_SMART_SCAN_WEBHOOK:-}}
PLEX_SMART_SCAN_URL=${NZBPO_URL:-${PLEX_SMART_SCAN_URL:-}}
PLEX_SMART_SCAN_TOKEN=${NZBPO_TOKEN:-${PLEX_SMART_SCAN_TOKEN:-}}
export PLEX_SMART_SCAN_WEBHOOK PLEX_SMART_SCAN_URL PLEX_SMART_SCAN_TOKEN

folder=$(dirname "$0")
sender=$folder/plex-smart-scan.sh
[ -r "$sender" ] || sender=$folder/../plex-smart-scan.sh
if output=$(sh "$sender" "${NZBPP_FINALDIR:-${NZBPP_DIRECTORY:-}}" 2>&1); then
	echo "[INFO] $output"
	exit "$SUCCESS"
fi
echo "[ERROR] $output"
exit "$FAILURE"
