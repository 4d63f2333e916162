# zurg, config.yml: on_library_update: sh /path/to/zurg.sh "$@"
#
# Reports the folders that changed according to zurg to Home Assistant, so that Plex scans them. The paths from zurg
# are relative to its mount. PLEX_SMART_SCAN_FOLDER is the path of the mount, such as /mnt/zurg.
#:body
begin "$@"
mount=${PLEX_SMART_SCAN_FOLDER-}
[ -n "$mount" ] || fail "$misused" "PLEX_SMART_SCAN_FOLDER is missing. Set it to the folder where zurg is mounted."
[ $# -gt 0 ] || exit 0
for path in "$@"; do
	shift
	set -- "$@" "${mount%/}/${path#/}"
done
send "$@"
