# Pinchflat, /config/extras/user-scripts/lifecycle: copy this script there under that name. Pinchflat runs it with an
# event and the media item as JSON.
#
# Reports each downloaded or deleted file to Home Assistant, so that Plex scans its folder.
#:body
begin "$@"
case ${1-} in
media_downloaded | media_deleted) ;;
*) exit 0 ;;
esac
send "$(printf '%s' "${2-}" | json_text media_filepath)"
