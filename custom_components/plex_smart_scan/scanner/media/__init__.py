"""What file and folder names mean to Plex: media rules, sidecar files, freshness of a listed file."""
