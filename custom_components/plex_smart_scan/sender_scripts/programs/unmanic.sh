# Unmanic, plugin "External script (post-processor)": command /path/to/unmanic.sh, arguments /library
#
# Reports the files that were written below these folders since the last call to Home Assistant, so that Plex scans
# them. Use none of Unmanic's variables: it passes them to a shell unescaped, so that a file name could run a command.
#:body
exec 2>&1
begin "$@"
[ -d "${1-}" ] || fail "$misused" "The first argument is not a folder. Usage: unmanic.sh FOLDER..."
send_new "$@"
