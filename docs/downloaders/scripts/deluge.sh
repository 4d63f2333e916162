#!/bin/sh
# Deluge's Execute plugin, event "Torrent Complete": it calls this script with the torrent's id, name and folder.
#
# Only of use where Deluge saves into a Plex library, or where a path mapping leads there.
set -u
exec sh "$(dirname "$0")/plex-smart-scan.sh" "${3:?is given by Deluge}/${2:?is given by Deluge}"
