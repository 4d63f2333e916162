# Bazarr, custom post-processing: /path/to/bazarr.sh /tv /movies
#
# Reports subtitles that were written below these folders since the last call to Home Assistant, which makes Plex read
# them. Use none of Bazarr's variables in the command: Bazarr passes it to a shell and does not escape $ and backticks,
# so that a file name could run a command.
#:body
exec 2>&1
begin "$@"
if [ -d "${1-}" ]; then send_new "$@"; fi
send "${1-}"
