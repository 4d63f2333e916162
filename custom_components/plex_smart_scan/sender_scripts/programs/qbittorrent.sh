# qBittorrent, "Run external program on torrent finished": /path/to/qbittorrent.sh "%F"
#
# Reports the file, or the folder of a torrent with several files, to Home Assistant, so that Plex scans it. For
# torrents that are saved into a Plex library.
#:body
begin "$@"
send "${1-}"
