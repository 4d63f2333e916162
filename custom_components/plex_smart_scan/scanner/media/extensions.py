"""The file name extensions that Plex takes, by type of library."""

from typing import Final

from ..models import LibraryType

VIDEO: Final = frozenset(
    "3g2 3gp asf avi divx dv dvr-ms evo f4v flv m2t m2ts m2v m4v mk3d mkv mov mp4 mpe mpeg mpg mts nsv nuv ogm ogv "
    "qt rm rmvb svq3 tp ts vdr viv vob vp3 wmv wtv xvid webm iso img".split()
)
AUDIO: Final = frozenset(
    "aac aif aiff alac ape dff dsf flac m4a m4b mka mp2 mp3 mpc oga ogg opus tak wav wma wv".split()
)
IMAGE: Final = frozenset("bmp gif heic heif jpeg jpg png tbn tif tiff webp avif".split())
MEDIA_OF: Final = {
    LibraryType.MOVIE: VIDEO,
    LibraryType.SHOW: VIDEO,
    LibraryType.ARTIST: AUDIO,
    LibraryType.PHOTO: IMAGE | VIDEO,
}
