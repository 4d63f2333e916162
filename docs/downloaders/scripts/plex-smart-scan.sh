#!/bin/sh
# Tells Home Assistant that files or folders have changed, so that Plex scans them:
#
#   plex-smart-scan.sh PATH...
#
# It takes from its environment, or from a file plex-smart-scan.conf beside it that holds the same assignments:
#
#   PLEX_SMART_SCAN_WEBHOOK   the webhook's URL, as shown when the integration was set up
# or
#   PLEX_SMART_SCAN_URL       Home Assistant's URL, such as http://homeassistant.local:8123
#   PLEX_SMART_SCAN_TOKEN     a long-lived access token
#
#   PLEX_SMART_SCAN_RETRIES   how often to try again while Home Assistant is away (default: 3)
#
# Exit code: 0 accepted, 1 not accepted (the reason is printed), 2 wrong use.
# Needs nothing but a POSIX shell, awk and curl. No secret stands on a command line, where `ps` would show it.
set -u
LC_ALL=C
export LC_ALL

die() {
	code=$1
	shift
	printf 'plex-smart-scan: %s\n' "$*" >&2
	exit "$code"
}

# Prints the arguments as a JSON list.
json_list() {
	awk 'BEGIN {
		for (i = 1; i < 32; i++) escaped[sprintf("%c", i)] = sprintf("\\u%04x", i)
		escaped["\""] = "\\\""
		escaped["\\"] = "\\\\"
		for (n = 1; n < ARGC; n++) {
			text = ""
			for (i = 1; i <= length(ARGV[n]); i++) {
				character = substr(ARGV[n], i, 1)
				text = text (character in escaped ? escaped[character] : character)
			}
			printf "%s\"%s\"", (n > 1 ? ", " : "["), text
		}
		print "]"
	}' "$@"
}

# Posts $body to $url; prints the answer, and the HTTP status in a line of its own.
post() {
	{
		printf 'url = "%s"\n' "$url"
		[ -z "$token" ] || printf 'header = "Authorization: Bearer %s"\n' "$token"
	} | curl --config - --silent --show-error --globoff --max-time 100 \
		--header 'Content-Type: application/json' --data-binary "$body" --write-out '\n%{http_code}'
}

[ $# -gt 0 ] || die 2 "usage: plex-smart-scan.sh PATH..."
command -v curl >/dev/null || die 2 "curl is not installed"

if [ -z "${PLEX_SMART_SCAN_WEBHOOK-}${PLEX_SMART_SCAN_URL-}" ]; then
	conf=$(dirname "$0")/plex-smart-scan.conf
	# shellcheck source=/dev/null
	if [ -r "$conf" ]; then . "$conf"; fi
fi
token=
if [ -n "${PLEX_SMART_SCAN_WEBHOOK-}" ]; then
	url=$PLEX_SMART_SCAN_WEBHOOK
	body="{\"paths\": $(json_list "$@")}"
elif [ -n "${PLEX_SMART_SCAN_URL-}" ] && [ -n "${PLEX_SMART_SCAN_TOKEN-}" ]; then
	url=${PLEX_SMART_SCAN_URL%/}/api/services/plex_smart_scan/scan_path?return_response
	token=$PLEX_SMART_SCAN_TOKEN
	body="{\"path\": $(json_list "$@"), \"wait\": false}"
else
	die 2 "set PLEX_SMART_SCAN_WEBHOOK, or PLEX_SMART_SCAN_URL and PLEX_SMART_SCAN_TOKEN"
fi
# What curl reads from its configuration must not be able to end its own line.
case $url$token in
*[!]A-Za-z0-9._~:/?=%@[+-]*) die 2 "the URL or the token holds a character that does not belong there" ;;
esac

attempt=0
while :; do
	answer=$(post) || answer="no answer
000"
	status=${answer##*
}
	answer=${answer%
*}
	case $status in
	000 | 429 | 5??) [ "$attempt" -lt "${PLEX_SMART_SCAN_RETRIES-3}" ] || break ;;
	*) break ;;
	esac
	attempt=$((attempt + 1))
	sleep "$((attempt * 2))"
done

case $status:$answer in
200:)
	# Home Assistant answers so whether there is such a webhook or not.
	die 1 "not accepted: the webhook's id is wrong, its server is not set up, or this is not the local network"
	;;
200:*'"rejected": []'* | 200:*'"service_response"'*)
	case $answer in *'"outcome":"failed"'*) die 1 "not accepted: $answer" ;; esac
	;;
401:*) die 1 "not accepted: Home Assistant does not take the token" ;;
000:*) die 1 "not accepted: Home Assistant cannot be reached" ;;
*) die 1 "not accepted (HTTP $status): $answer" ;;
esac
printf 'plex-smart-scan: accepted: %s\n' "$@"
