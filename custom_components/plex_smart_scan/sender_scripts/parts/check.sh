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
