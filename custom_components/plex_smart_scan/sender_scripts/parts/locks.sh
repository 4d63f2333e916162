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
