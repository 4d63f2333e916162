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
