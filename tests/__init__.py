"""Tests of Plex Smart Scan."""
