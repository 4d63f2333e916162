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
