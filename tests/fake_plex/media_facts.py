"""Facts about media files, read with MediaInfo and kept by content: copies cost one parse."""

from hashlib import blake2b
from pathlib import Path
from typing import Any

from pymediainfo import MediaInfo

from tests.fake_plex.models import NO_FACTS, MediaFacts

_EDGE = 1024
_CODECS = {"AVC": "h264", "HEVC": "hevc", "AAC": "aac", "MPEG Audio": "mp3", "FLAC": "flac", "AC-3": "ac3"}
_by_inode: dict[tuple[int, int, int, int], MediaFacts] = {}
_by_content: dict[tuple[int, str, bytes], MediaFacts] = {}


def read_facts(path: Path) -> MediaFacts:
    """Return what an analysis finds in the file; nothing when it is damaged or gone."""
    try:
        stat = path.stat()
        inode = (stat.st_dev, stat.st_ino, stat.st_size, stat.st_mtime_ns)
        if inode not in _by_inode:
            content = (stat.st_size, path.suffix.lower(), _edges(path, stat.st_size))
            if content not in _by_content:
                _by_content[content] = _parse(path)
            _by_inode[inode] = _by_content[content]
        return _by_inode[inode]
    except OSError:
        return NO_FACTS


def _edges(path: Path, size: int) -> bytes:
    with path.open("rb") as file:
        digest = blake2b(file.read(_EDGE), digest_size=16)
        file.seek(max(0, size - _EDGE))
        digest.update(file.read(_EDGE))
    return digest.digest()


def _number(value: Any) -> int | None:
    try:
        return int(float(value))
    except TypeError, ValueError:
        return None


def _parse(path: Path) -> MediaFacts:
    tracks: dict[str, dict[str, Any]] = {}
    for track in MediaInfo.parse(path).tracks:
        data = track.to_data()
        tracks.setdefault(data["track_type"], data)
    general, video, audio = (tracks.get(name, {}) for name in ("General", "Video", "Audio"))
    picture = video or tracks.get("Image", {})
    bitrate = _number(general.get("overall_bit_rate"))
    profile = video.get("format_profile")
    names = {"artist": "performer", "album": "album", "title": "track_name", "index": "track_name_position"}
    return MediaFacts(
        container=path.suffix.lstrip(".").lower(),
        duration=_number(general.get("duration")),
        bitrate=None if bitrate is None else max(1, bitrate // 1000),
        width=_number(picture.get("width")),
        height=_number(picture.get("height")),
        video_codec=_codec(video),
        audio_codec=_codec(audio),
        audio_channels=_number(audio.get("channel_s")),
        frame_rate=video.get("frame_rate"),
        profile=str(profile).split("@", maxsplit=1)[0].lower() if profile else None,
        sampling_rate=_number(audio.get("sampling_rate")),
        tags=tuple((name, str(general[key])) for name, key in names.items() if general.get(key)),
    )


def _codec(track: dict[str, Any]) -> str | None:
    name = track.get("format")
    return None if name is None else _CODECS.get(name, str(name).lower())
