"""The movie library of the demo, made of tiny real video files."""

from pathlib import Path

from tests.fake_plex.samples import LARGE, add_movie

MOVIES = ("A Winter in Porto (2019)", "Salt Road (2021)", "The Lighthouse Keeper (2016)", "Two Left Shoes (2023)")


def lay_out(library: Path) -> None:
    """Fill a folder with movies."""
    for title in MOVIES:
        add_movie(library, title)


def add_new_movie(library: Path) -> Path:
    """Copy one more movie into a folder of its own."""
    return add_movie(library, "The Cartographer (2026)")


def replace_movie(library: Path) -> Path:
    """Replace a movie by a better version with the same name."""
    return add_movie(library, MOVIES[1], sample=LARGE)
