"""Scans requested from Plex: the queue of folders, the runner that requests scans, and the monitor."""
