"""Paths as text: flavours, cleaning, and mappings between reported paths and Plex's. Imports no other package."""
