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
