"""What file and folder names mean to Plex: naming rules, extensions, sidecar files, and whether Plex has a file as it is."""
