"""Local extras: what a metadata refresh, and never a scan, finds beside an item's files.

Names: `localmedia.py` of Plex's LocalMedia.bundle. A folder whose letters begin with one of the kinds holds extras of
the item above it; so do files that end in a dash and the kind. A video beside a track is the track's music video.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
import os
from pathlib import Path
import re

from tests.fake_plex.media_types import VIDEO_EXTENSIONS

KINDS = ("trailer", "deleted", "behindthescenes", "interview", "scene", "featurette", "short", "other")
MUSIC_KINDS = ("video", "live", "lyrics", "concert", "interview", "behindthescenes")
_EXTRA_TYPES = {
    "trailer": 1,
    "deleted": 2,
    "interview": 3,
    "video": 4,
    "behindthescenes": 5,
    "scene": 6,
    "live": 7,
    "lyrics": 8,
    "concert": 9,
    "featurette": 10,
    "short": 11,
    "other": 12,
}


@dataclass(slots=True, frozen=True)
class ExtraFile:
    """One extra on the disk: the real file, and the names that lead to it from the item's folder."""

    real: Path
    names: tuple[str, ...]
    kind: str

    @property
    def extra_type(self) -> int:
        """Plex's number for its kind; not recorded for all of them."""
        return _EXTRA_TYPES[self.kind]

    @property
    def title(self) -> str:
        """The name without ending and suffix."""
        return self.real.stem.removesuffix(f"-{self.kind}")


def suffix_kind(name: str, kinds: Iterable[str] = KINDS) -> str | None:
    """Return the kind of extra that a video's name ends in."""
    stem, _, extension = name.rpartition(".")
    if extension.lower() not in VIDEO_EXTENSIONS:
        return None
    return next((kind for kind in kinds if stem.lower().endswith(f"-{kind}")), None)


def folder_kind(name: str) -> str | None:
    """Return the kind of extras in a folder, by the letters that its name begins with."""
    letters = re.sub(r"[\W\d_]+", "", name).lower()
    return next((kind for kind in KINDS if letters.startswith(kind)), None)


def find_video_extras(folder: Path) -> Iterator[ExtraFile]:
    """Find the extras of the movie or show in a folder: by suffix in it, all videos in its folders of extras."""
    for entry in _entries(folder):
        if entry.is_file() and (kind := suffix_kind(entry.name)):
            yield ExtraFile(Path(entry.path), (entry.name,), kind)
        elif entry.is_dir() and (kind := folder_kind(entry.name)):
            for inner in _entries(Path(entry.path)):
                if inner.is_file() and _is_video(inner.name):
                    yield ExtraFile(Path(inner.path), (entry.name, inner.name), kind)


def find_music_videos(track: Path) -> Iterator[ExtraFile]:
    """Find the videos beside a track that have its name, alone or with a suffix of their kind."""
    for entry in _entries(track.parent):
        if not entry.is_file() or not _is_video(entry.name):
            continue
        stem = entry.name.rpartition(".")[0]
        kind = suffix_kind(entry.name, MUSIC_KINDS)
        if stem == track.stem or (kind and stem[: -len(kind) - 1] == track.stem):
            yield ExtraFile(Path(entry.path), (entry.name,), kind or "video")


def _is_video(name: str) -> bool:
    return not name.startswith(".") and name.rpartition(".")[2].lower() in VIDEO_EXTENSIONS


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except OSError:
        return []
