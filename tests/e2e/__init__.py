"""A real Home Assistant process and a Plex server, used from outside as people use them."""
