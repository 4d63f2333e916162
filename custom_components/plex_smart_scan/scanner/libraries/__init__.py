"""The libraries of a server: locations, look-ups, Plex's own disk, spelling, mapping proposals, statistics."""
