"""Helpers of the config flows: forms, connection checks, servers of the Plex integration."""
