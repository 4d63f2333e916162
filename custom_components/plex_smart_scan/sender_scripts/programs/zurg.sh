# zurg, config.yml: on_library_update: sh /path/to/zurg.sh "$@"
#
# Reports the folders that zurg says have changed to Home Assistant, so that Plex scans them. zurg names them relative
# to its mount; PLEX_SMART_SCAN_FOLDER says where that is mounted, such as /mnt/zurg.
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
