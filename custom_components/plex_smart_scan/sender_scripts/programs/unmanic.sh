# Unmanic, plugin "External script (post-processor)": command /path/to/unmanic.sh, arguments /library
#
# Reports the files that have been written to these folders since the script last ran, so that Plex scans them. Do not use
# Unmanic's variables: it passes them to a shell without escaping them, so a file name could run a command.
#:body
exec 2>&1
begin "$@"
[ -d "${1-}" ] || fail "$misused" "The first argument is not a folder. Usage: unmanic.sh FOLDER..."
send_new "$@"
