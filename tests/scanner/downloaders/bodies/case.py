"""A body with the expected paths, and the paths that many bodies have."""

from dataclasses import dataclass
from typing import Any

WESTWORLD = "/TV/Westworld"
S01E01 = f"{WESTWORLD}/Season 1/Westworld.S01E01.mkv"
S01E02 = f"{WESTWORLD}/Season 1/Westworld.S01E02.mkv"
SEASON_1 = f"{WESTWORLD}/Season 1"
SEASON_2 = f"{WESTWORLD}/Season 2"
INTERSTELLAR = "/Movies/Interstellar (2014)"
INTERSTELLAR_FILE = f"{INTERSTELLAR}/Interstellar.2014.UHD.BluRay.2160p.REMUX.mkv"
# U+2010 in the files' folders, an ASCII hyphen in the artist's: they are not one folder.
BLINK = "/Music/blink\u2010182/California (2016)"
CYNICAL = f"{BLINK}/CD 01/01 - Cynical.mp3"
ARTIST = {"name": "blink-182", "path": "/Music/blink-182"}
LETS_GET_DOWN = "/Music/Marshmello/Joytime III (2019)/02 - Let\u2019s Get Down.mp3"
SANDERSON = "/Books/Brandon Sanderson"
KINGS = f"{SANDERSON}/The Way of Kings (2010)/The Way of Kings - Brandon Sanderson.epub"
WINDOWS_MOVIE = r"C:\Movies\Some Movie Title (2020)"


@dataclass(frozen=True)
class Case:
    """One body with its paths: there, gone, refused (with the problem), or the reason why there are none."""

    name: str
    body: dict[str, Any]
    there: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    refused: tuple[tuple[str, str], ...] = ()
    ignored: str | None = None
