# Deluge's Execute plugin, event "Torrent Complete": it runs this script with the torrent's id, name and folder.
#
# Reports the torrent to Home Assistant, so that Plex scans it. For torrents that are saved into a Plex library.
#:body
begin "$@"
if [ $# -lt 3 ] || [ -z "$2" ] || [ -z "$3" ]; then
	fail "$misused" "The torrent's id, name and folder are missing: Deluge passes them when it runs this script."
fi
send "${3%/}/$2"
