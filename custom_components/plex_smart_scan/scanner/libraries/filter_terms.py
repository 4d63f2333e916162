"""What to send to Plex's filter so that it lists few files, and among them the one that is looked for."""

from typing import Final
import unicodedata

from ..paths.clean_path import CleanPath, Flavour, nfc, nfd

DISTINCT: Final = 12  # characters: a shorter name (01.mp3) stands in many folders


def selective_terms(text: str) -> tuple[str, ...]:
    """What to look for, to find a path that contains `text`.

    A comma would mean "or", whatever its encoding, so: the longest piece without one. The server compares bytes, and
    a file's accents may be written in two ways, so: a piece that is written in one way only, where one is long enough.
    """
    parts = _parts(text)
    longest = max(parts, key=len)
    if longest.isascii():
        return (longest,)
    plain = max((run.strip() for part in parts for run in _plain_runs(part)), key=len, default="")
    return (plain,) if len(plain) >= DISTINCT else full_terms(text)


def full_terms(text: str) -> tuple[str, ...]:
    """The longest piece of `text` without a comma, in both ways of writing its accents."""
    longest = max(_parts(text), key=len)
    return tuple(dict.fromkeys((longest, nfd(longest))))


def _parts(text: str) -> list[str]:
    # Composed first: of a decomposed letter only the accent is special, and what ends in the bare letter is not found.
    return [part.strip() for part in nfc(text).split(",")]


def _plain_runs(text: str) -> list[str]:
    """The runs of a composed text that are the same bytes when it is decomposed."""
    return "".join(letter if _is_plain(letter) else "\0" for letter in text).split("\0")


def _is_plain(letter: str) -> bool:
    return letter.isascii() or (not unicodedata.combining(letter) and nfd(letter) == letter)


def path_below_location(folder: CleanPath, location: CleanPath) -> str:
    """A folder's path below its location, as all that is in it has it: `/24/` is in none but its own."""
    separator = "/" if folder.flavour is Flavour.POSIX else "\\"
    return separator + "".join(part + separator for part in folder.parts_below(location))
