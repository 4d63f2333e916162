# Settings are read from the environment, then from the file plex-smart-scan.conf in the script's folder (lines
# NAME=VALUE), then from the values that Home Assistant filled in below:
#
#   PLEX_SMART_SCAN_WEBHOOK       the webhook URL that Home Assistant shows
# or
#   PLEX_SMART_SCAN_URL           the URL of Home Assistant, such as http://homeassistant.local:8123
#   PLEX_SMART_SCAN_TOKEN         a long-lived access token
# and, optionally,
#   PLEX_SMART_SCAN_SPOOL         file for undelivered paths (default: SCRIPT.spool in the script's folder)
#   PLEX_SMART_SCAN_RETRY_FOR     how long to retry in the background, in seconds (default: 600; 0: do not retry)
#   PLEX_SMART_SCAN_RETRY_PAUSE   pause between two attempts in the background, in seconds (default: 10)
#
# SCRIPT --test [PATH] checks the settings and the connection, and explains the first problem.
#
# Each notification is first written to the spool file and removed after Home Assistant has responded. While Home
# Assistant is unreachable or still starting, one background process retries. The next call of the script delivers
# the remaining paths, oldest first.
#
# Requires a POSIX shell, awk and curl. Secrets are never printed or passed on a command line, where `ps` would show them.
set -u
LC_ALL=C
export LC_ALL
umask 077

filled_in_webhook=''

MOST_KEPT=10000 # paths in the spool file; beyond that the oldest are dropped
MOST_SENT=100   # paths in one request
newline='
'

# Default exit codes and prefixes. A program that expects other values sets its own.
accepted=0
kept=0
refused=1
misused=2
good_prefix=
bad_prefix=

# Prints a prefix and a text as one line. Control characters in names are replaced by question marks.
say() {
	printf '%s%s\n' "$1" "$(printf '%s' "$2" | tr '\001-\037\177' '?')"
}

# Prints what went wrong, and exits: fail CODE TEXT.
fail() {
	say "$bad_prefix" "$2" >&2
	exit "$1"
}

# Follows symbolic links, so that a link to the script finds the files beside the script.
resolved() {
	file=$1
	case $file in */*) ;; *) file=./$file ;; esac
	links=0
	while [ -L "$file" ] && [ "$links" -lt 40 ]; do
		target=$(readlink "$file")
		case $target in
		/*) file=$target ;;
		*) file=${file%/*}/$target ;;
		esac
		links=$((links + 1))
	done
	printf '%s\n' "$file"
}

user() {
	id -un 2>/dev/null || id -u
}
