"""What file and folder names mean to Plex: naming rules, extensions, sidecar files, freshness."""
