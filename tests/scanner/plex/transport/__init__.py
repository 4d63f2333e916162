"""Tests of scanner/plex/transport/."""
