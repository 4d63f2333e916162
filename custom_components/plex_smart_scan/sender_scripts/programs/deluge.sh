# Deluge's Execute plugin, event "Torrent Complete": it runs this script with the ID, name and folder of the torrent.
#
# Reports the torrent to Home Assistant, so that Plex scans it. For torrents that are saved into a Plex library.
#:body
begin "$@"
if [ $# -lt 3 ] || [ -z "$2" ] || [ -z "$3" ]; then
	fail "$misused" "The ID, name and folder of the torrent are missing. Deluge passes them when it runs this script."
fi
send "${3%/}/$2"
