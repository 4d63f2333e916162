"""Media trees of the small real files in tests/media; hard links make thousands of them cheap."""

from itertools import product
import os
from pathlib import Path
import shutil

MEDIA = Path(__file__).parent.parent / "media"
SMALL = MEDIA / "small.mkv"
LARGE = MEDIA / "large.mkv"
CLIP = MEDIA / "clip.mp4"
DAMAGED = MEDIA / "damaged.mkv"
MP3 = MEDIA / "track.mp3"
FLAC = MEDIA / "track.flac"
PHOTO = MEDIA / "photo.jpg"
_BY_EXTENSION = {"mkv": SMALL, "mp4": CLIP, "mp3": MP3, "flac": FLAC, "jpg": PHOTO}
KNOWN_EXTENSIONS = frozenset(_BY_EXTENSION)


def put(path: Path, sample: Path | None = None, *, link: bool = False) -> Path:
    """Place a sample at a path, by its extension if none is given; a copy unless links are allowed."""
    sample = sample or _BY_EXTENSION[path.suffix.lstrip(".").lower()]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    if link:
        try:
            os.link(sample, path)
        except OSError:  # another file system
            shutil.copyfile(sample, path)
    else:
        shutil.copyfile(sample, path)
    return path


def enlarge(path: Path, size: int) -> Path:
    """Extend a file to a size in bytes, with a sparse end that uses no space."""
    os.truncate(path, size)
    return path


def add_movie(root: Path, title: str, ext: str = "mkv", *, sample: Path | None = None, suffix: str = "") -> Path:
    """Add a movie in its own folder: `Title (2020)/Title (2020).mkv`."""
    return put(root / title / f"{title}{suffix}.{ext}", sample)


def add_episode(
    root: Path,
    show: str,
    season: int,
    episode: int,
    ext: str = "mkv",
    *,
    sample: Path | None = None,
    last: int | None = None,
) -> Path:
    """Add an episode, or with `last` a file of several."""
    number = f"S{season:02}E{episode:02}" + (f"-E{last:02}" if last else "")
    return put(root / show / f"Season {season:02}" / f"{show} - {number}.{ext}", sample)


def add_track(
    root: Path,
    artist: str,
    album: str,
    number: int,
    title: str | None = None,
    ext: str = "mp3",
    *,
    sample: Path | None = None,
) -> Path:
    """Add a track: `Artist/Album/01 - Title.mp3`."""
    return put(root / artist / album / f"{number:02} - {title or f'Track {number}'}.{ext}", sample)


def add_photo(root: Path, album: str, name: str, ext: str = "jpg") -> Path:
    """Add a photo in an album's folder."""
    return put(root / album / f"{name}.{ext}")


def build_tv_tree(
    root: Path, *, shows: int = 10, seasons: int = 2, episodes: int = 10, sample: Path = SMALL
) -> list[Path]:
    """Build a television library; all files are hard links, so do not write to them."""
    root.mkdir(parents=True, exist_ok=True)
    origin = _linkable(root, sample)
    paths: list[Path] = []
    for show, season in product(range(1, shows + 1), range(1, seasons + 1)):
        name = f"Show {show:05}"
        folder = root / name / f"Season {season:02}"
        folder.mkdir(parents=True, exist_ok=True)
        for episode in range(1, episodes + 1):
            path = folder / f"{name} - S{season:02}E{episode:02}{sample.suffix}"
            _link(origin, path)
            paths.append(path)
    origin.unlink()
    return paths


def build_movie_tree(root: Path, *, movies: int = 100, sample: Path = SMALL) -> list[Path]:
    """Build a movie library of hard links."""
    root.mkdir(parents=True, exist_ok=True)
    origin = _linkable(root, sample)
    paths: list[Path] = []
    for number in range(1, movies + 1):
        name = f"Movie {number:05} ({1950 + number % 70})"
        path = root / name / f"{name}{sample.suffix}"
        path.parent.mkdir(exist_ok=True)
        _link(origin, path)
        paths.append(path)
    origin.unlink()
    return paths


def _linkable(root: Path, sample: Path) -> Path:
    """Copy the sample beside the tree: links work within one file system only."""
    origin = root / f".origin{sample.suffix}"
    shutil.copyfile(sample, origin)
    return origin


def _link(origin: Path, path: Path) -> None:
    if path.exists():
        return
    try:
        os.link(origin, path)
    except OSError:  # no hard links here, or too many
        shutil.copyfile(origin, path)
