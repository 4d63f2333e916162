# Transmission, script-torrent-done-filename: reports a finished torrent to Home Assistant, so that Plex scans it.
#
# For torrents that are saved into a Plex library.
#:body
begin "$@"
if [ -z "${TR_TORRENT_DIR-}" ] || [ -z "${TR_TORRENT_NAME-}" ]; then
	fail "$misused" "TR_TORRENT_DIR and TR_TORRENT_NAME are missing. Transmission sets them when it runs this script."
fi
path=${TR_TORRENT_DIR%/}/$TR_TORRENT_NAME
# Transmission reports the torrent's own name, but writes files with "_" for characters that Windows does not allow.
if ! [ -e "$path" ]; then
	written=${TR_TORRENT_DIR%/}/$(printf '%s' "$TR_TORRENT_NAME" | tr '<>:"\\|?*' '_')
	if [ -e "$written" ]; then path=$written; fi
fi
send "$path"
