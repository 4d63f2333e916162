#!/bin/sh
# Transmission, script-torrent-done-filename: tells Home Assistant where a finished torrent is.
#
# Only of use where Transmission saves into a Plex library, or where a path mapping leads there.
set -u
exec sh "$(dirname "$0")/plex-smart-scan.sh" "${TR_TORRENT_DIR:?is set by Transmission}/${TR_TORRENT_NAME:?is set by Transmission}"
