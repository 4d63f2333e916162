"""The extensions that Plex's scanners index.

Video and audio: `video_exts` and `audio_exts` of Plex's own scanner files VideoFiles.py and AudioFiles.py. Photos:
those and the RAW formats that users report. Disc images (iso, img) are in no list: Plex does not play them.
"""

VIDEO_EXTENSIONS = frozenset(
    "3g2 3gp asf asx avc avi avs bivx bup divx dv dvr-ms evo fli flv m2t m2ts m2v m4v mkv mov mp4 mpeg mpg mts nsv nuv "
    "ogm ogv tp pva qt rm rmvb sdp svq3 strm ts ty vdr viv vob vp3 wmv wpl wtv xsp xvid webm".split()
)
AUDIO_EXTENSIONS = frozenset(
    "mp3 m4a m4b flac aac rm rma mpa wav wma ogg mp2 mka ac3 dts ape mpc mp+ mpp shn oga aiff aif wv dsf dsd "
    "opus".split()
)
RAW_EXTENSIONS = frozenset("cr2 cr3 nef arw dng raf rw2 orf".split())
PHOTO_EXTENSIONS = frozenset("bmp gif heic heif jpeg jpg png tif tiff webp avif".split()) | RAW_EXTENSIONS
_TAKEN = {
    "movie": VIDEO_EXTENSIONS,
    "show": VIDEO_EXTENSIONS,
    "artist": AUDIO_EXTENSIONS,
    "photo": PHOTO_EXTENSIONS | VIDEO_EXTENSIONS,
}


def is_indexed(name: str, library_type: str) -> bool:
    """Return whether a library of a type indexes files with this name's extension."""
    _, dot, extension = name.rpartition(".")
    return bool(dot) and extension.lower() in _TAKEN[library_type]
