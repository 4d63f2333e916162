"""The scans that Plex is asked for: the queue of folders, the runner and the monitor."""
