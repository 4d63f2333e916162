# Reports files or folders that changed to Home Assistant, so that Plex scans them:
#
#   plex-smart-scan.sh PATH...
#   plex-smart-scan.sh --test [PATH]
#
# Exit code: 0 accepted, or kept and retried; 1 not accepted, the reason is printed; 2 wrong use.
#:body
begin "$@"
send "$@"
