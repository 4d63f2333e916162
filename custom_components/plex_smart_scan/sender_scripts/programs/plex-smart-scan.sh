# Reports files or folders that changed to Home Assistant, so that Plex scans them:
#
#   plex-smart-scan.sh PATH...
#   plex-smart-scan.sh --test [PATH]
#
# Exit codes: 0 accepted, or kept and retried; 1 not accepted, with the reason; 2 wrong usage or settings.
#:body
begin "$@"
send "$@"
