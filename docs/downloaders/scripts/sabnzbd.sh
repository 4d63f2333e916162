#!/bin/sh
# SABnzbd post-processing script: tells Home Assistant where a finished download is.
#
# Only of use where SABnzbd puts its downloads into a Plex library, or where a path mapping leads there. Otherwise
# Sonarr, Radarr or Lidarr should tell, since they know where the files went.
# Copy it into SABnzbd's scripts folder together with plex-smart-scan.sh, and choose it for a category.
set -u

# SABnzbd's result: 0 ok, 1 verification failed, 2 unpacking failed, 3 both.
if [ "${SAB_PP_STATUS:-${7:-0}}" != 0 ]; then
	echo "plex-smart-scan: the download failed, nothing to tell Plex"
	exit 0
fi
exec sh "$(dirname "$0")/plex-smart-scan.sh" "${SAB_COMPLETE_DIR:-${1:-}}" 2>&1
