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
