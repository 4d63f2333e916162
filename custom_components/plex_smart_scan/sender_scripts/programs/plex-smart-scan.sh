# Reports files or folders that changed to Home Assistant, so that Plex scans them:
#
#   plex-smart-scan.sh PATH...
#   plex-smart-scan.sh --test [PATH]
#
# Exit codes: 0 accepted, or kept and retried; 1 not accepted; 2 invalid arguments or settings. Errors are explained.
#:body
begin "$@"
send "$@"
