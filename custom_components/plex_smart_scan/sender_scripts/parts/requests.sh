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
