"""Local extras: found by a metadata refresh, never by a scan.

Names: `localmedia.py` of Plex's LocalMedia.bundle. A folder whose name begins with one of the kinds contains extras of
the item above it; so do files whose name ends in a dash and the kind. A video beside a track is its music video.
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
    """One extra on the disk."""

    real: Path
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


def find_video_extras(folder: Path, *, deep: bool) -> Iterator[ExtraFile]:
    """Find the extras of the movie or show in a folder: by suffix in it, all videos in its folders of extras.

    `deep` also looks for such folders further down, as Plex does below a movie's folder.
    """
    for entry in _entries(folder):
        if entry.is_file() and (kind := suffix_kind(entry.name) or _trailer(entry.name)):
            yield ExtraFile(Path(entry.path), kind)
        elif entry.is_dir(follow_symlinks=False):
            kind = folder_kind(entry.name)
            for inner in _entries(Path(entry.path)) if kind else ():
                if kind and inner.is_file() and _is_video(inner.name):
                    yield ExtraFile(Path(inner.path), kind)
            if deep:
                further = find_video_extras(Path(entry.path), deep=True)
                yield from (extra for extra in further if extra.real.parent != Path(entry.path))


def other_media(folder: Path, known: Iterable[Path]) -> bool:
    """Return whether a folder contains another movie; Plex looks for no extras there then."""
    mine = set(known)
    return any(
        entry.is_file()
        and _is_video(entry.name)
        and Path(entry.path) not in mine
        and suffix_kind(entry.name) is None
        and _trailer(entry.name) is None
        and "sample" not in entry.name.lower()
        for entry in _entries(folder)
    )


def _trailer(name: str) -> str | None:
    """Return the kind of files that are called `trailer` or begin with `movie-trailer`."""
    stem = name.rpartition(".")[0].lower()
    return "trailer" if _is_video(name) and (stem == "trailer" or stem.startswith("movie-trailer")) else None


def find_music_videos(track: Path) -> Iterator[ExtraFile]:
    """Find the videos beside a track that have its name, alone or with a suffix of their kind."""
    for entry in _entries(track.parent):
        if not entry.is_file() or not _is_video(entry.name):
            continue
        stem = entry.name.rpartition(".")[0]
        kind = suffix_kind(entry.name, MUSIC_KINDS)
        if stem == track.stem or (kind and stem[: -len(kind) - 1] == track.stem):
            yield ExtraFile(Path(entry.path), kind or "video")


def _is_video(name: str) -> bool:
    return not name.startswith(".") and name.rpartition(".")[2].lower() in VIDEO_EXTENSIONS


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except OSError:
        return []
