# SABnzbd post-processing script: reports the folder of a finished download to Home Assistant, so that Plex scans it.
#
# Copy it into SABnzbd's scripts folder and choose it for a category that is saved into a Plex library. Where Sonarr,
# Radarr or Lidarr move the files on, they should report them, since they know where the files went.
#:body
exec 2>&1
begin "$@"
# SABnzbd's result: 0 ok, 1 verification failed, 2 unpacking failed, 3 both.
if [ "${SAB_PP_STATUS:-${7:-0}}" != 0 ]; then
	say '' "The download failed; there is nothing to report."
	exit 0
fi
send "${SAB_COMPLETE_DIR:-${1:-}}"
