"""Paths as text: flavours, cleaning, and mappings from what is reported to what Plex sees. Imports no other package."""
