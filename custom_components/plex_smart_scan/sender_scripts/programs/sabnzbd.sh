# SABnzbd post-processing script: reports the folder of a finished download to Home Assistant, so that Plex scans it.
#
# Copy it to SABnzbd's scripts folder and select it for a category that is saved into a Plex library. If Sonarr,
# Radarr or Lidarr moves the files, let that program report them instead, because it knows the final path.
#:body
exec 2>&1
begin "$@"
# SABnzbd's result: 0 ok, 1 verification failed, 2 unpacking failed, 3 both.
if [ "${SAB_PP_STATUS:-${7:-0}}" != 0 ]; then
	say '' "The download failed, so there is nothing to report."
	exit 0
fi
send "${SAB_COMPLETE_DIR:-${1:-}}"
