"""What file names mean to Plex: naming rules, extensions, sidecar files; whether Plex has this exact file."""
