# Settings come from the environment, else from a file plex-smart-scan.conf beside the script (lines NAME=VALUE), else
# from what Home Assistant filled in below:
#
#   PLEX_SMART_SCAN_WEBHOOK       the webhook's URL, as Home Assistant shows it
# or
#   PLEX_SMART_SCAN_URL           Home Assistant's URL, such as http://homeassistant.local:8123
#   PLEX_SMART_SCAN_TOKEN         a long-lived access token
# and, optionally,
#   PLEX_SMART_SCAN_SPOOL         file for what could not be delivered yet (default: SCRIPT.spool beside the script)
#   PLEX_SMART_SCAN_RETRY_FOR     how long to retry in the background, in seconds (default: 600; 0: not at all)
#   PLEX_SMART_SCAN_RETRY_PAUSE   pause between two background attempts, in seconds (default: 10)
#
# SCRIPT --test [PATH] checks all of this and says in one sentence what is wrong.
#
# A notification is written to the spool file first and leaves it once Home Assistant has answered it. While Home
# Assistant is unreachable or still starting, one detached process retries; the next call of the script delivers
# what is left, oldest first.
#
# Needs a POSIX shell, awk and curl. No secret is passed on a command line, where `ps` would show it, or printed.
set -u
LC_ALL=C
export LC_ALL
umask 077

filled_in_webhook=''

MOST_KEPT=10000 # paths in the spool file; beyond that the oldest are dropped
MOST_SENT=100   # paths in one request
newline='
'

# Exit codes and prefixes; a program that expects others sets its own.
accepted=0
kept=0
refused=1
misused=2
good_prefix=
bad_prefix=

# Prints a prefix and a text as one line; control characters, as a name may hold them, become question marks.
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
