# Bazarr, custom post-processing: /path/to/bazarr.sh /tv /movies
#
# Reports subtitles that have been written to these folders since the script last ran, so that Plex reads them. Do not use Bazarr's
# variables in the command: Bazarr passes it to a shell without escaping $ and backticks, so a file name could run a
# command.
#:body
exec 2>&1
begin "$@"
if [ -d "${1-}" ]; then send_new "$@"; fi
send "${1-}"
