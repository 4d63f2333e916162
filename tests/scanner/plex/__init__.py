"""Tests of the scanner: plex."""
