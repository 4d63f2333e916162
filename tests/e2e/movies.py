"""The movie library of the demo: tiny real video files that have the sizes of movies."""

from pathlib import Path

from tests.fake_plex.samples import LARGE, add_movie, enlarge

MOVIES = (
    "A Winter in Porto (2019)",
    "Blue Hour (2018)",
    "Copper and Rain (2020)",
    "Ferry to Skagen (2015)",
    "Five Small Fires (2022)",
    "Half a Map (2017)",
    "Letters from Trieste (2014)",
    "Low Tide (2019)",
    "Museum of Clouds (2025)",
    "Night Bakery (2021)",
    "Nine Minutes Late (2013)",
    "Orchard Street (2016)",
    "Paper Boats (2012)",
    "Quiet Engines (2020)",
    "Salt Road (2021)",
    "Seven Keys (2018)",
    "Snow on the Line (2011)",
    "Swallows (2022)",
    "The Glass Orchard (2024)",
    "The Last Tram (2010)",
    "The Lighthouse Keeper (2016)",
    "The Weather Station (2023)",
    "Two Left Shoes (2023)",
    "Under One Roof (2017)",
)
REPLACED = "Salt Road (2021)"
_SIZE = 4_300_000_000  # bytes
_BETTER_SIZE = 9_800_000_000


def lay_out(library: Path) -> None:
    """Fill a folder with movies."""
    for title in MOVIES:
        enlarge(add_movie(library, title), _SIZE)


def add_new_movie(library: Path) -> Path:
    """Copy one more movie into a folder of its own."""
    return enlarge(add_movie(library, "The Cartographer (2026)"), _SIZE)


def replace_movie(library: Path) -> Path:
    """Replace a movie by a better version with the same name."""
    return enlarge(add_movie(library, REPLACED, sample=LARGE), _BETTER_SIZE)
