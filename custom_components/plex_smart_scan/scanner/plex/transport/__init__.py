"""HTTP to one verified server: sessions, verified connections, the identity check, and the channels for plexapi."""
