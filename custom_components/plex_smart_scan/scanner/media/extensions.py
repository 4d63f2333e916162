"""The file name extensions that Plex indexes, by type of library.

Sources: Plex's own scanner files `VideoFiles.py` and `AudioFiles.py` (public copies), and extensions that current
servers also play; for RAW photos croneter/PlexKodiConnect#164 and jellyfin/jellyfin#1328.
"""

from typing import Final

from ..models import LibraryType

VIDEO: Final = frozenset(
    "3g2 3gp asf asx avc avi avs bivx bup divx dv dvr-ms evo f4v fli flv iso img dvdmedia m2t m2ts m2v m4v mk3d "
    "mkv mov mp4 mpe mpeg mpg mts nsv nuv ogm ogv pva qt rm rmvb sdp strm svq3 tp ts ty vdr viv vob vp3 webm wmv wpl "
    "wtv xsp xvid".split()
)
AUDIO: Final = frozenset(
    "aac ac3 aif aiff alac ape dff dsd dsf dts flac m4a m4b mka mp+ mp2 mp3 mpa mpc mpp oga ogg opus rm rma shn tak "
    "wav wma wv".split()
)
IMAGE: Final = frozenset("avif bmp gif heic heif jpeg jpg png tbn tif tiff webp".split())
WITHOUT_STREAMS: Final = frozenset({"strm"})
"""Text files that name a URL: Plex lists them and finds nothing to analyze in them."""
_RAW: Final = frozenset("arw cr2 cr3 dng nef nrw orf pef raf rw2 srw x3f".split())
MEDIA_OF: Final = {
    LibraryType.MOVIE: VIDEO,
    LibraryType.SHOW: VIDEO,
    LibraryType.ARTIST: AUDIO,
    LibraryType.PHOTO: IMAGE | _RAW | VIDEO,
}
