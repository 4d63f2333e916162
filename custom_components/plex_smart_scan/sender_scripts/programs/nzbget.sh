##############################################################################
### NZBGET POST-PROCESSING SCRIPT                                          ###

# Reports finished downloads to Home Assistant, so that Plex scans them.
#
# For categories that are saved into a Plex library. If Sonarr, Radarr or
# Lidarr moves the files, let that program report them instead.

##############################################################################
### OPTIONS                                                                ###

# The webhook URL. Leave it empty if the script was downloaded from Home
# Assistant with the URL filled in, or if you enter Url and Token.
#Webhook=

# The URL of Home Assistant, such as http://homeassistant.local:8123.
#Url=

# A long-lived access token of Home Assistant.
#Token=

### NZBGET POST-PROCESSING SCRIPT                                          ###
##############################################################################
#
# NZBGet's exit codes: 93 accepted, 95 nothing done. The script never returns 94, which marks the download as failed:
# Sonarr and Radarr would delete it and search for another.
#:body
exec 2>&1
accepted=93
kept=95
refused=95
misused=95
good_prefix='[INFO] '
bad_prefix='[ERROR] '

# The options on NZBGet's settings page override the environment.
if [ -n "${NZBPO_WEBHOOK-}${NZBPO_URL-}${NZBPO_TOKEN-}" ]; then
	PLEX_SMART_SCAN_WEBHOOK=${NZBPO_WEBHOOK-}
	PLEX_SMART_SCAN_URL=${NZBPO_URL-}
	PLEX_SMART_SCAN_TOKEN=${NZBPO_TOKEN-}
fi
begin "$@"
if [ -z "${NZBPP_TOTALSTATUS-}" ]; then
	fail "$misused" "NZBPP_TOTALSTATUS is missing. NZBGet 13 and later set it when they run this script."
fi
if [ "$NZBPP_TOTALSTATUS" != SUCCESS ]; then
	say "$good_prefix" "The download failed, so there is nothing to report."
	exit 95
fi
send "${NZBPP_FINALDIR:-${NZBPP_DIRECTORY:-}}"
