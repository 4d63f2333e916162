"""The libraries of every simulated server. The paths of the simulation are relative to the folder of all locations."""

from dataclasses import dataclass
from typing import Final

DATA: Final = "/data"  # the folder of all locations, as Plex presents it
REPORTED: Final = "/downloads"  # the same folder, as the sender presents it


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedLibrary:
    """One library, with one location."""

    title: str
    type: str
    location: str
    treasure: str
    """A file to which nothing ever happens."""
    initial: tuple[str, ...]
    """Other files that exist from the beginning."""

    def contains(self, path: str) -> bool:
        """Whether a path is the location, or is in it."""
        return path == self.location or path.startswith(self.location + "/")


SHOWS: Final = SimulatedLibrary(
    title="TV Shows",
    type="show",
    location="tv",
    treasure="tv/Dark/Season 01/Dark - S01E01.mkv",
    initial=("tv/Show 1/Season 01/Show 1 - S01E01.mkv", "tv/Show 2/Season 01/Show 2 - S01E01.mkv"),
)

# Each film with an odd number is a file directly in the location, which has no narrower folder to scan.
FILMS: Final = SimulatedLibrary(
    title="Films",
    type="movie",
    location="films",
    treasure="films/Alien (1979)/Alien (1979).mkv",
    initial=("films/Film 1 (2001).mkv", "films/Film 2 (2002)/Film 2 (2002).mkv", "films/Solaris (1972).mkv"),
)

# Every file of the show belongs to two libraries. For the second one, its seasons are directly in the location.
NESTED_KIDS: Final = SimulatedLibrary(
    title="Kids",
    type="show",
    location="tv/Show 3",
    treasure="tv/Show 3/Season 01/Show 3 - S01E09.mkv",
    initial=(),
)
SAME_KIDS: Final = SimulatedLibrary(title="Kids", type="show", location="tv", treasure=SHOWS.treasure, initial=())


def film_path(number: int, suffix: str) -> str:
    """Return the path of a film; the first nine have different years."""
    name = f"Film {number} (200{number})"
    return f"films/{name}{suffix}.mkv" if number % 2 else f"films/{name}/{name}{suffix}.mkv"


def listed_path(path: str) -> str:
    """Return a path as Plex presents it."""
    return f"{DATA}/{path}"


def own_path(text: str) -> str:
    """Return a path that Plex or a sender presents, relative to the folder of all locations."""
    return text.removeprefix(REPORTED).removeprefix(DATA).strip("/")


def location_of(path: str) -> str:
    """Return the outermost location that a path is in: it has a mount of its own."""
    return path.partition("/")[0]
