"""Helpers of the config flows: forms, connection checks, and servers of the Plex integration."""
