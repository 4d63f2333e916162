#!/bin/sh
# aria2, --on-download-complete or --on-bt-download-complete: aria2 runs this script with the ID of the download, the
# number of its files and the path of the first file. It does not pass the other paths.
#
# Reports that path to Home Assistant, so that Plex scans its folder. For downloads that are saved into a Plex library.
#
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

# --- settings ---

# Prints one setting of the configuration file on standard input, without quotes around the value, a byte order mark or
# Windows line endings.
setting() {
	awk -v name="$1" '
		NR == 1 { sub(/^\357\273\277/, "") }
		{ sub(/[ \t\r]+$/, ""); sub(/^[ \t]*(export[ \t]+)?/, "") }
		index($0, name "=") == 1 { value = substr($0, length(name) + 2) }
		END {
			first = substr(value, 1, 1)
			if (length(value) > 1 && (first == "\"" || first == "\047") && substr(value, length(value)) == first)
				value = substr(value, 2, length(value) - 2)
			print value
		}'
}

# Reads from the configuration file all settings that the environment does not contain.
read_configuration() {
	conf=${self%/*}/plex-smart-scan.conf
	if [ ! -e "$conf" ] && [ "${0%/*}" != "$0" ]; then conf=${0%/*}/plex-smart-scan.conf; fi
	if [ ! -e "$conf" ]; then
		conf=
		return
	fi
	if [ ! -f "$conf" ] || ! [ -r "$conf" ]; then
		fail "$misused" "The user $(user) cannot read the configuration file $conf."
	fi
	case $(od -A n -t x1 -N 3 "$conf" | tr -d ' ') in
	fffe* | feff*) fail "$misused" "The configuration file $conf is saved as UTF-16. Save it as UTF-8." ;;
	efbbbf) oddity="The configuration file $conf begins with a byte order mark (BOM), which is ignored." ;;
	esac
	if [ "$(tr -d '\r' <"$conf" | cksum)" != "$(cksum <"$conf")" ]; then
		oddity="The configuration file $conf has Windows line endings (CRLF), which are ignored."
	fi
	names="SPOOL RETRY_FOR RETRY_PAUSE FOLDER"
	# If the environment contains the access to Home Assistant, do not mix it with settings from the file.
	[ -n "$webhook$base$token" ] || names="WEBHOOK URL TOKEN $names"
	for name in $names; do
		eval "value=\${PLEX_SMART_SCAN_$name-}"
		# shellcheck disable=SC2154 # set by eval
		[ -n "$value" ] || eval "PLEX_SMART_SCAN_$name=\$(setting PLEX_SMART_SCAN_$name <\"\$conf\")"
	done
}

# Removes spaces and carriage returns around a value, which Windows environment files can contain.
trimmed() {
	printf '%s' "$1" | sed 's/^[[:space:]]*//; s/[[:space:]]*$//'
}

take_access() {
	webhook=$(trimmed "${PLEX_SMART_SCAN_WEBHOOK-}")
	base=$(trimmed "${PLEX_SMART_SCAN_URL-}")
	token=$(trimmed "${PLEX_SMART_SCAN_TOKEN-}")
}

# Reads the settings. Sets `webhook`, or `base` and `token`; `place` (the part of the URL that is not secret), `spool`,
# `retry_for` and `retry_pause`.
read_settings() {
	self=$(resolved "$0")
	oddity=
	for tool in curl awk; do
		command -v "$tool" >/dev/null || fail "$misused" "The program $tool is not installed."
	done
	take_access
	read_configuration
	take_access
	if [ -z "$webhook$base$token" ]; then webhook=$filled_in_webhook; fi
	check_access
	retry_for=$(number "${PLEX_SMART_SCAN_RETRY_FOR-}" 600)
	retry_pause=$(number "${PLEX_SMART_SCAN_RETRY_PAUSE-}" 10)
	choose_spool
}

# Prints TEXT if it is a number of seconds, with or without a fraction, otherwise DEFAULT: number TEXT DEFAULT.
number() {
	case $1 in
	'' | . | *[!0-9.]* | *.*.*) echo "$2" ;;
	*) echo "$1" ;;
	esac
}

check_access() {
	where=${conf:-${self%/*}/plex-smart-scan.conf}
	if [ -n "$webhook" ]; then
		address=$webhook
		token=
		setting=PLEX_SMART_SCAN_WEBHOOK
	elif [ -n "$base" ] && [ -n "$token" ]; then
		address=${base%/}
		setting=PLEX_SMART_SCAN_URL
	elif [ -n "$base" ]; then
		fail "$misused" "PLEX_SMART_SCAN_TOKEN is missing. Set it together with PLEX_SMART_SCAN_URL in the environment or in $where."
	else
		fail "$misused" "PLEX_SMART_SCAN_WEBHOOK is missing. Set it in the environment or in $where."
	fi
	case $address in
	http://?* | https://?*) ;;
	*) fail "$misused" "$setting does not begin with http:// or https://." ;;
	esac
	# A value in curl's configuration must not end its line.
	case $address in
	*[!]A-Za-z0-9._~:/?=%@[+-]*) fail "$misused" "$setting contains a character that is not allowed in this URL." ;;
	esac
	case $token in
	*[!A-Za-z0-9._~+/=-]*) fail "$misused" "PLEX_SMART_SCAN_TOKEN contains a character that is not allowed in a token." ;;
	esac
	case $webhook in
	'' | */api/webhook/?*) ;;
	*) fail "$misused" "PLEX_SMART_SCAN_WEBHOOK is not a webhook URL: it does not end with /api/webhook/ID." ;;
	esac
	scheme=${address%%://*}
	authority=${address#*://}
	authority=${authority%%[/?]*}
	authority=${authority##*@}
	place=$scheme://$authority
}

choose_spool() {
	spool=${PLEX_SMART_SCAN_SPOOL-}
	if [ -z "$spool" ]; then
		if [ -w "${self%/*}" ]; then
			spool=$self.spool
		elif [ -d "${HOME-}" ] && [ -w "${HOME-}" ]; then
			spool=$HOME/.${self##*/}.spool
		else
			spool=$self.spool
		fi
	fi
	case $spool in /* | ./*) ;; *) spool=./$spool ;; esac
	work=$spool.work
}

# --- locks: flock if it works, otherwise a folder, which only one process can create ---

locking=

# Acquires a lock: lock NAME DESCRIPTOR TENTHS, the time limit in tenths of a second.
lock() {
	if [ -z "$locking" ]; then choose_locking || return 1; fi
	waited=0
	until try_lock "$1" "$2"; do
		[ "$waited" -lt "$3" ] || return 1
		waited=$((waited + 1))
		sleep 0.1 2>/dev/null || sleep 1
	done
}

# Tests flock with a shared lock, which never has to wait. Fails if the folder is not writable.
choose_locking() {
	[ -d "$work" ] || mkdir "$work" 2>/dev/null || [ -d "$work" ] || return 1
	# A failing redirection of `exec` would end the shell.
	true 2>/dev/null >>"$work/probe" || return 1
	locking=folder
	if flock -s "$work/probe" true 2>/dev/null; then locking=flock; fi
}

try_lock() {
	if [ "$locking" = flock ]; then
		eval "exec $2>>\"\$work/\$1\""
		if flock -n "$2"; then return 0; fi
		eval "exec $2>&-"
		return 1
	fi
	held=$work/$1.held
	if mkdir "$held" 2>/dev/null; then
		echo $$ >"$held/pid"
		return 0
	fi
	if is_stale "$held"; then break_lock "$held"; fi
	return 1
}

unlock() {
	if [ "$locking" = flock ]; then eval "exec $2>&-"; else rm -rf "$work/$1.held"; fi
}

# Succeeds if the process that created the folder has died. Process IDs are reused, so the age is checked too.
is_stale() {
	holder=$(cat "$1/pid" 2>/dev/null)
	if [ -n "$holder" ] && ! kill -0 "$holder" 2>/dev/null; then return 0; fi
	[ -n "$(find "$1" -prune -mmin +5 2>/dev/null)" ]
}

# Removes a stale folder. Two processes must not do so at once: the second would remove the new lock of a third.
break_lock() {
	if ! mkdir "$1.breaking" 2>/dev/null; then
		[ -z "$(find "$1.breaking" -prune -mmin +5 2>/dev/null)" ] || rmdir "$1.breaking" 2>/dev/null
		return
	fi
	if is_stale "$1"; then rm -rf "$1"; fi
	rmdir "$1.breaking"
}

# --- spool file: a line per path, "EPOCH CALL JSON-STRING", oldest first; replaced as a whole, never appended to ---

# Prints the arguments as spool lines.
spool_lines() {
	awk 'BEGIN {
		for (i = 1; i < 32; i++) escaped[sprintf("%c", i)] = sprintf("\\u%04x", i)
		escaped["\""] = "\\\""
		escaped["\\"] = "\\\\"
		for (n = 3; n < ARGC; n++) {
			text = ""
			for (i = 1; i <= length(ARGV[n]); i++) {
				character = substr(ARGV[n], i, 1)
				text = text (character in escaped ? escaped[character] : character)
			}
			printf "%s %s \"%s\"\n", ARGV[1], ARGV[2], text
		}
	}' "$now" "$call" "$@"
}

# Succeeds if all arguments are UTF-8. Checks the bytes, because some versions of awk only support ASCII.
is_utf8() {
	printf '%s\n' "$@" | od -A n -v -t u1 | awk '
		{
			for (i = 1; i <= NF; i++) {
				byte = $i + 0
				if (more > 0) {
					if (byte < 128 || byte > 191) bad = 1
					more--
				} else if (byte > 127) {
					more = byte < 194 ? -1 : byte < 224 ? 1 : byte < 240 ? 2 : byte < 245 ? 3 : -1
					if (more < 0) { bad = 1; more = 0 }
				}
			}
		}
		END { exit bad || more > 0 }'
}

# Adds paths to the spool file. Sets `trouble` to the reason and fails if they could not be written.
keep() {
	trouble="the user $(user) cannot write to $spool"
	lock append 8 100 || return 1
	if {
		{ [ ! -f "$spool" ] || tail -n "$((MOST_KEPT - $#))" "$spool"; } && spool_lines "$@"
	} 2>/dev/null >"$work/new" && [ "$(grep -c "^[0-9]* $call \".*\"\$" "$work/new")" -eq $# ]; then
		mv -f "$work/new" "$spool"
		result=$?
	else
		[ ! -e "$work/new" ] || trouble="the disk of $spool is full"
		rm -f "$work/new"
		result=1
	fi
	unlock append 8
	return "$result"
}

# Chooses the next lines to send, at most MOST: next_batch MOST. Sets `batch` to their paths as a JSON list, `count` to
# their number, and `ours` to 1 if they belong to this call. Paths of several other calls can be sent in one request. Fails
# if no lines are left.
next_batch() {
	[ -s "$spool" ] || return 1
	chosen=$(sent=$work/sent awk -v call="$call" -v most="$1" '
		{
			ours = ($2 == call)
			if (NR == 1) group = ours
			path = substr($0, length($1) + length($2) + 3)
			plain = path
			gsub(/\\./, "", plain)
			if (ours != group || count == most || (count && length(list) + length(path) > 40000)) exit
			count++
			taken = taken $0 "\n"
			# Skip an invalid line, which a crash of the machine can leave behind.
			if (plain ~ /^"[^"]*"$/) list = list (list == "" ? "" : ", ") path
		}
		END {
			printf "%s", taken > ENVIRON["sent"]
			print count, group, "[" list "]"
		}' "$spool") || return 1
	count=${chosen%% *}
	chosen=${chosen#* }
	ours=${chosen%% *}
	batch=${chosen#* }
}

# Removes the lines that next_batch chose.
drop() {
	lock append 8 100 || return 1
	awk 'NR == FNR { sent[$0]++; next } sent[$0] > 0 { sent[$0]--; next } { print }' \
		"$work/sent" "$spool" >"$work/new" && mv -f "$work/new" "$spool"
	result=$?
	if [ "$result" -eq 0 ] && [ ! -s "$spool" ]; then rm -f "$spool"; fi
	rm -f "$work/sent"
	unlock append 8
	return "$result"
}

# Prints the age of the oldest or newest kept path in seconds: age head | age tail.
age() {
	stamp=$("$1" -n 1 "$spool" 2>/dev/null)
	stamp=${stamp%% *}
	case $stamp in
	'' | *[!0-9]*) stamp=0 ;;
	esac
	echo $(($(date +%s) - stamp))
}

# Succeeds if the oldest path has reached the retry limit.
is_old() {
	[ "$(age head)" -gt "${retry_for%%.*}" ]
}

# Succeeds if the kept paths are too old to be retried in the background.
is_over() {
	newest=$(age tail)
	limit=${retry_for%%.*}
	[ "$newest" -ge "${limit:-0}" ] || [ "$newest" -lt -60 ]
}

# --- requests ---

# Posts a body: post URL BODY SECONDS. Sets `answer`, `status` (000 without a response) and `fault` (curl's exit code).
post() {
	answer=$({
		printf 'url = "%s"\n' "$1"
		[ -z "$token" ] || printf 'header = "Authorization: Bearer %s"\n' "$token"
		printf 'data-binary = "%s"\n' "$(printf '%s' "$2" | sed 's/[\\"]/\\&/g')"
	} | curl --config - --silent --globoff --connect-timeout 5 --max-time "$3" \
		--header 'Content-Type: application/json' --write-out '\n%{http_code}' 2>/dev/null)
	fault=$?
	status=${answer##*"$newline"}
	answer=${answer%"$newline"*}
	[ "$fault" -eq 0 ] || status=000
}

# awk functions that decode JSON strings.
decoding='
	function utf8(code) {
		if (code < 128) return sprintf("%c", code)
		if (code < 2048) return sprintf("%c%c", 192 + int(code / 64), 128 + code % 64)
		if (code < 65536)
			return sprintf("%c%c%c", 224 + int(code / 4096), 128 + int(code / 64) % 64, 128 + code % 64)
		return sprintf("%c%c%c%c", 240 + int(code / 262144), 128 + int(code / 4096) % 64,
			128 + int(code / 64) % 64, 128 + code % 64)
	}
	function hexadecimal(digits,   i, value) {
		for (i = 1; i <= 4; i++) value = value * 16 + index("0123456789abcdef", tolower(substr(digits, i, 1))) - 1
		return value
	}
	function decoded(text,   plain, letter, code) {
		while (match(text, /\\./)) {
			plain = plain substr(text, 1, RSTART - 1)
			letter = substr(text, RSTART + 1, 1)
			text = substr(text, RSTART + 2)
			if (letter == "u") {
				code = hexadecimal(substr(text, 1, 4))
				text = substr(text, 5)
				if (code >= 55296 && code < 56320 && substr(text, 1, 2) == "\\u") {
					code = 65536 + (code - 55296) * 1024 + hexadecimal(substr(text, 3, 4)) - 56320
					text = substr(text, 7)
				}
				plain = plain utf8(code)
			} else plain = plain (letter in letters ? letters[letter] : letter)
		}
		return plain text
	}
	# Calls pair(key, value) for each text of an object, in the order of the document.
	function read_json(text,   word, key, pending) {
		letters["n"] = "\n"; letters["r"] = "\r"; letters["t"] = "\t"; letters["b"] = "\b"; letters["f"] = "\f"
		while (match(text, /"([^"\\]|\\.)*"/)) {
			word = substr(text, RSTART + 1, RLENGTH - 2)
			text = substr(text, RSTART + RLENGTH)
			if (text ~ /^[ \t\r\n]*:/) {
				key = word
				keys[key]
				pending = (text ~ /^[ \t\r\n]*:[ \t\r\n]*"/)
			} else {
				if (pending) pair(key, word)
				pending = 0
			}
		}
	}
	{ document = document $0 " " }
'

# Prints the first string value of a key in the JSON document on standard input: json_text KEY.
json_text() {
	awk -v wanted="$1" "$decoding"'
		function pair(key, value) { if (key == wanted && !found++) text = decoded(value) }
		END { read_json(document); printf "%s", text }'
}

# Prints the source of the response on standard input (webhook, action or other), a space, and the reason for rejecting
# a path. Nothing else of a response is shown, because a proxy may repeat the URL in it.
reading() {
	awk "$decoding"'
		function pair(key, value) {
			if (key == "outcome") failed = (value == "failed")
			if (why != "") return
			if (key == "reason" && "accepted" in keys) why = value
			if (key == "message" && (failed || !("results" in keys))) why = value
		}
		END {
			read_json(document)
			kind = "other"
			if ("accepted" in keys && "rejected" in keys) kind = "webhook"
			else if ("service_response" in keys || "message" in keys) kind = "action"
			printf "%s %s", kind, decoded(why)
		}'
}

# Evaluates the response. Sets `reason` and `verdict`: accepted, rejected, later (Home Assistant may still accept it) or
# broken (the user has to change something first).
judge() {
	verdict=later
	said=$(printf '%s' "$answer" | reading)
	kind=${said%% *}
	reason=${said#* }
	case $status:$kind in
	000:*) explain_fault ;;
	200:webhook | 200:action)
		verdict=accepted
		[ -z "$reason" ] || verdict=rejected
		;;
	400:webhook | 413:webhook | 400:action) verdict=rejected ;;
	200:other)
		reason="Home Assistant did not recognize the webhook. Home Assistant may still be starting, the webhook ID may be wrong, the Plex server may be disabled, or this machine may be outside the local network."
		[ -z "$answer" ] || reason="The server at $place is not Home Assistant."
		;;
	401:*)
		verdict=broken
		reason="Home Assistant rejected the access token."
		;;
	403:*)
		verdict=broken
		reason="Home Assistant blocks requests from this machine (HTTP 403). See ip_bans.yaml in its configuration folder."
		;;
	3??:*)
		verdict=broken
		reason="$place redirects to another URL (HTTP $status). Enter that URL instead."
		;;
	404:* | 405:*) reason="The server at $place is not Home Assistant, or Plex Smart Scan is not set up there (HTTP $status)." ;;
	*)
		[ "$kind" = webhook ] || reason="Home Assistant could not accept the notification (HTTP $status)."
		[ "$status" != 400 ] || explain_scheme
		;;
	esac
}

# Sets the reason for curl's exit code.
explain_fault() {
	case $fault in
	3) verdict=broken reason="The URL of Home Assistant is malformed." ;;
	5 | 6) reason="Home Assistant cannot be reached: the host name in $place cannot be resolved." ;;
	7) reason="Home Assistant cannot be reached at $place: the connection was refused." ;;
	28) reason="Home Assistant cannot be reached at $place: it did not respond in time." ;;
	60 | 77) verdict=broken reason="This machine does not trust the certificate of $place." ;;
	*)
		reason="Home Assistant cannot be reached at $place: the connection failed (curl error $fault)."
		explain_scheme
		;;
	esac
}

# Sets the reason if Home Assistant uses https but the URL starts with http, or the other way round.
explain_scheme() {
	case $scheme in
	http) other=https ;;
	*) other=http ;;
	esac
	if curl --silent --insecure --output /dev/null --connect-timeout 5 --max-time 5 "$other://$authority/" 2>/dev/null; then
		verdict=broken
		reason="The URL begins with $scheme, but $authority uses $other. Change the URL to $other://$authority."
	fi
}

# --- delivery ---

# Sends paths, a JSON list: send_list LIST SECONDS. Sets `verdict` and `reason`.
send_list() {
	if [ -n "$webhook" ]; then
		post "$webhook" "{\"paths\": $1}" "$2"
	else
		post "$address/api/services/plex_smart_scan/scan_path?return_response" "{\"path\": $1, \"wait\": false}" "$2"
	fi
	judge
}

# Sends the kept paths, oldest first, until none are left or Home Assistant does not accept one: deliver SECONDS, the
# time limit for each response. Sets `verdict` and `reason` of the last request, and `outcome` and `why` of the paths
# of this call.
deliver() {
	most=$MOST_SENT
	while next_batch "$most"; do
		verdict=accepted
		status=none
		[ "$batch" = '[]' ] || send_list "$batch" "$1"
		# Send each path separately, so that one bad path does not make the others fail.
		case $verdict:$status in
		rejected:400 | later:500)
			if [ "$count" -gt 1 ]; then
				most=1
				continue
			fi
			;;
		esac
		# Drop a path on which Home Assistant fails repeatedly, so that it does not block the others.
		if [ "$verdict:$status" = later:500 ] && is_old; then verdict=rejected; fi
		case $verdict in
		later | broken) return ;;
		esac
		if [ "$ours" -eq 1 ] && [ "${outcome-}" != rejected ]; then
			outcome=$verdict
			why=$reason
		fi
		if ! drop; then
			verdict=broken
			reason="$spool could not be shortened. Is the disk full?"
			return
		fi
	done
}

# Retries in the background until no paths are left or they are too old. Only one process retries at a time.
retry() {
	call=none
	while lock retry 7 0; do
		verdict=later
		while [ -s "$spool" ] && [ "$verdict" != broken ] && ! is_over; do
			sleep "$retry_pause"
			[ ! -d "$work/retry.held" ] || touch "$work/retry.held"
			if lock send 9 600; then
				deliver 30
				unlock send 9
			fi
		done
		unlock retry 7
		# Otherwise paths that arrived since the last check would wait for the next call.
		{ [ -s "$spool" ] && [ "$verdict" != broken ] && ! is_over; } || return
	done
}

# Starts `retry` as a detached process, which keeps running when the calling program ends.
start_retry() {
	if command -v setsid >/dev/null; then detached=setsid; else detached=; fi
	(
		trap '' HUP
		# shellcheck disable=SC2086 # expands to nothing without setsid
		exec $detached sh "$self" --retry
	) </dev/null >/dev/null 2>&1 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&- &
}

# --- --test ---

# Checks the settings, the connection and, if given, a path. Prints one sentence and exits.
check() {
	[ -z "$oddity" ] || say "Note: " "$oddity"
	if ! lock append 8 100 || ! true 2>/dev/null >>"$work/new"; then
		fail "$refused" "Undelivered paths cannot be kept: the user $(user) cannot write to $spool."
	fi
	rm -f "$work/new"
	unlock append 8
	if [ -n "$webhook" ]; then
		post "$webhook" '{"eventType": "Test"}' 30
	else
		post "$address/api/services/plex_smart_scan/process_notification?return_response" '{"eventType": "Test"}' 30
	fi
	judge
	if [ "$status:$kind" = 400:other ] && [ "$verdict" = later ]; then
		reason="Plex Smart Scan is not set up in this Home Assistant instance."
	fi
	[ "$verdict" = accepted ] || fail "$refused" "$reason"
	if [ $# -gt 0 ]; then check_path "$1"; fi
	say "$good_prefix" "OK: Home Assistant accepts notifications from this machine${1:+, and the path is in a library}."
	exit "$accepted"
}

# The action only looks up the path. The webhook requires a real notification, which scans the folder.
check_path() {
	now=0
	call=check
	sample=$(spool_lines "$1" | sed 's/^[^ ]* [^ ]* //')
	if [ -n "$webhook" ]; then
		send_list "[$sample]" 30
	else
		post "$address/api/services/plex_smart_scan/resolve_path?return_response" "{\"path\": [$sample]}" 30
		judge
	fi
	[ "$verdict" = accepted ] || fail "$refused" "$reason"
	if [ "$(printf '%s' "$answer" | json_text reason)" = no_library ]; then
		fail "$refused" "The path is not in any Plex library. The most similar library folder is $(printf '%s' "$answer" | json_text nearest)."
	fi
}

# --- functions that the part of each program calls ---

# Reads the settings. If an option is given, handles it and exits.
begin() {
	if [ "${1-}" = --test ]; then
		# A manual check uses the usual exit codes.
		accepted=0 refused=1 misused=2
		good_prefix='' bad_prefix=''
	fi
	read_settings
	case ${1-} in
	--retry)
		retry
		exit 0
		;;
	--send)
		shift
		send "$@"
		;;
	--test)
		shift
		check "$@"
		;;
	esac
}

# Sends the files below folders that were written since the last call, in the first call those of the last ten
# minutes: send_new FOLDER...
send_new() {
	stamp=$work/stamp
	if ! choose_locking || ! true 2>/dev/null >"$stamp.new"; then
		fail "$misused" "The user $(user) cannot write to $stamp."
	fi
	if [ -e "$stamp" ]; then
		find "$@" -type f ! -name '.*' -newer "$stamp" -exec sh "$self" --send {} +
	else
		find "$@" -type f ! -name '.*' -mmin -10 -exec sh "$self" --send {} +
	fi
	result=$?
	mv -f "$stamp.new" "$stamp"
	exit "$result"
}

# Sends the paths, prints the result and exits.
send() {
	[ $# -gt 0 ] || fail "$misused" "No path was given."
	for path in "$@"; do
		[ -n "$path" ] || fail "$misused" "The path is empty."
	done
	outcome=elsewhere
	if ! is_utf8 "$@"; then
		for path in "$@"; do
			shift
			if is_utf8 "$path"; then set -- "$@" "$path"; else misspelt=$path; fi
		done
		# Home Assistant cannot read a notification with such a name, so retrying would never succeed.
		outcome=rejected
		why="The name $(printf '%s' "$misspelt" | tr '\200-\377' '?') is not UTF-8. If the file name is correct, set LC_ALL=C.UTF-8 for the program that runs this script."
		[ $# -gt 0 ] || fail "$refused" "$why"
	fi
	now=$(date +%s)
	call=$$.$now
	verdict=later
	reason="The notification could not be read from $spool."
	if ! keep "$@"; then
		send_unkept "$@"
	elif lock send 9 30; then
		deliver 15
		unlock send 9
	else
		reason="Another run of this script is still sending."
	fi
	if [ -s "$spool" ] && [ "$verdict" != broken ]; then start_retry; fi
	left=
	if grep -q "^[0-9]* $call " "$spool" 2>/dev/null; then left=$verdict; fi
	conclude "$@"
}

# Sends paths that could not be written to the spool file.
send_unkept() {
	send_list "[$(spool_lines "$@" | sed 's/^[^ ]* [^ ]* //' | paste -s -d , -)]" 15
	case $verdict in
	accepted | rejected)
		outcome=$verdict
		why=$reason
		;;
	*) fail "$refused" "${reason%.}. The notification is lost because $trouble." ;;
	esac
}

# Prints the result for the paths of this call in one line, because some programs show only one. The reason comes first.
conclude() {
	next_call="The notification is kept and will be sent with the next call."
	case $outcome:$left in
	rejected:*) fail "$refused" "$why" ;;
	*:broken) fail "$refused" "${reason%.}. $next_call" ;;
	*:?*)
		limit=${retry_for%%.*}
		waiting=$(age head)
		if [ "${limit:-0}" -eq 0 ]; then fail "$kept" "${reason%.}. $next_call"; fi
		if [ "$waiting" -gt "$limit" ]; then
			fail "$refused" "${reason%.}. Paths reported in the last $((waiting / 60)) minutes are kept."
		fi
		fail "$kept" "${reason%.}. The notification is kept and will be sent again."
		;;
	accepted:)
		[ -z "$oddity" ] || say "$good_prefix" "$oddity"
		for path in "$@"; do say "$good_prefix" "accepted: $path"; done
		exit "$accepted"
		;;
	*)
		say "$good_prefix" "Sent by another run of this script: $*"
		exit "$accepted"
		;;
	esac
}

# --- aria2.sh ---

begin "$@"
if [ "${2-}" = 0 ] || [ -z "${3-}" ]; then
	say '' "The download has no file, so there is nothing to report."
	exit 0
fi
send "$3"
