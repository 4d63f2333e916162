"""The television library of the demo: shows with names, tiny real video files that have the sizes of episodes."""

from itertools import product
from pathlib import Path

from tests.fake_plex.samples import add_episode, enlarge

SHOWS = ("Harbour Lights", "North of Nowhere", "The Clockmaker", "Slow Trains", "Paper Moons", "Under the Elms")
SEASONS = 3
EPISODES = 8
_SIZE = 1_150_000_000  # bytes


def lay_out(library: Path) -> None:
    """Fill a folder with shows, seasons and episodes."""
    for show, season, episode in product(SHOWS, range(1, SEASONS + 1), range(1, EPISODES + 1)):
        enlarge(add_episode(library, show, season, episode), _SIZE)


def add_new_episode(library: Path) -> Path:
    """Copy one more episode into a season that is there, as a downloader does."""
    return enlarge(add_episode(library, SHOWS[0], SEASONS, EPISODES + 1), _SIZE)


def count(library: Path) -> tuple[int, int]:
    """Return how many folders (its own included) and files a library has."""
    walked = list(library.walk())
    return len(walked), sum(len(files) for _, _, files in walked)


def next_episode(library: Path) -> tuple[str, int]:
    """Copy the next episode of the first show's last season; return its path below the library, and its size."""
    season = library / SHOWS[0] / f"Season {SEASONS:02}"
    number = len(list(season.iterdir())) + 1
    episode = enlarge(add_episode(library, SHOWS[0], SEASONS, number), _SIZE)
    return episode.relative_to(library).as_posix(), episode.stat().st_size


def some_files(library: Path, count: int = 3) -> list[tuple[str, int]]:
    """Return a few files of the library: their paths below it, and their sizes."""
    files = sorted(library.rglob("*.mkv"))[:count]
    return [(file.relative_to(library).as_posix(), file.stat().st_size) for file in files]


def remove_episode(library: Path) -> Path:
    """Delete an episode; return where it was."""
    path = library / SHOWS[2] / "Season 01" / f"{SHOWS[2]} - S01E01.mkv"
    path.unlink()
    return path
