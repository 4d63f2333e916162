#!/bin/sh
# Bazarr, custom post-processing: /path/to/bazarr.sh "{{subtitles}}"
#
# A scan alone does not make Plex notice new subtitles of an old episode; the integration sees to that.
set -u
exec sh "$(dirname "$0")/plex-smart-scan.sh" "${1:-}" 2>&1
