"""Signing in with Plex: the pages, the errors, the choice of server and address."""
