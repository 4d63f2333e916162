# aria2, --on-download-complete or --on-bt-download-complete: aria2 runs this script with the ID of the download, the
# number of its files and the path of the first file. It does not pass the other paths.
#
# Reports that path to Home Assistant, so that Plex scans its folder. For downloads that are saved into a Plex library.
#:body
begin "$@"
if [ "${2-}" = 0 ] || [ -z "${3-}" ]; then
	say '' "The download has no file, so there is nothing to report."
	exit 0
fi
send "$3"
