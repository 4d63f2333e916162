"""HTTP to one verified server: sessions, guarded connections, the identity check, and the channel for plexapi."""
