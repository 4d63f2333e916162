# --- locks: flock where there is one, else a folder, which only one process can make ---

# Takes a lock: lock NAME DESCRIPTOR TENTHS, which is how long to wait for it, in tenths of a second.
lock() {
	waited=0
	until try_lock "$1" "$2"; do
		[ "$waited" -lt "$3" ] || return 1
		waited=$((waited + 1))
		sleep 0.1 2>/dev/null || sleep 1
	done
}

try_lock() {
	[ -d "$work" ] || mkdir "$work" 2>/dev/null || [ -d "$work" ] || return 1
	if command -v flock >/dev/null; then
		# A failing `exec` would end the shell, so it is tried first.
		true 2>/dev/null >>"$work/$1" || return 1
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
	if command -v flock >/dev/null; then eval "exec $2>&-"; else rm -rf "$work/$1.held"; fi
}

# Whether the holder of a folder died without removing it. Process numbers are reused, so age counts too.
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
