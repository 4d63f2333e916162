#!/bin/sh
# qBittorrent, "Run external program on torrent finished": /path/to/qbittorrent.sh "%F"
#
# %F is the content path: the file, or the folder of a torrent with several files.
# Only of use where qBittorrent saves into a Plex library, or where a path mapping leads there.
set -u
exec sh "$(dirname "$0")/plex-smart-scan.sh" "${1:-}"
