"""The scanning core against the fake Plex, without Home Assistant."""
