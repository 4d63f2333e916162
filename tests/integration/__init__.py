"""The integration inside Home Assistant, with a fake Plex over a real socket."""
