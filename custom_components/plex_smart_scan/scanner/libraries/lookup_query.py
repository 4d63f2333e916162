"""The terms of Plex's `file` filter: few files match them, including the one that is looked up."""

from typing import Final
import unicodedata

from ..paths.clean_path import CleanPath, Flavour, nfc, nfd

DISTINCT: Final = 12  # characters: a shorter name such as 01.mp3 exists in many folders


def selective_terms(text: str) -> tuple[str, ...]:
    """Return the terms that find a path containing `text`.

    A comma means "or" to the filter, however it is encoded, so a term is the longest part without one. The server
    compares bytes, and accents can be encoded in two ways, so a part with a single encoding is preferred if it is long
    enough.
    """
    parts = _parts(text)
    longest = max(parts, key=len)
    if longest.isascii():
        return (longest,)
    plain = max((run.strip() for part in parts for run in _plain_runs(part)), key=len, default="")
    return (plain,) if len(plain) >= DISTINCT else full_terms(text)


def full_terms(text: str) -> tuple[str, ...]:
    """Return the longest part of `text` without a comma, in both encodings of its accents."""
    longest = max(_parts(text), key=len)
    return tuple(dict.fromkeys((longest, nfd(longest))))


def _parts(text: str) -> list[str]:
    # Normalize to NFC first: in decomposed text, a run could end at a base letter without its accent, and Plex would
    # not find it.
    return [part.strip() for part in nfc(text).split(",")]


def _plain_runs(text: str) -> list[str]:
    """Return the runs of a composed text that have the same bytes when it is decomposed."""
    return "".join(letter if _is_plain(letter) else "\0" for letter in text).split("\0")


def _is_plain(letter: str) -> bool:
    return letter.isascii() or (not unicodedata.combining(letter) and nfd(letter) == letter)


def path_below_location(folder: CleanPath, location: CleanPath) -> str:
    """Return a folder's path below its location as all its files contain it, such as `/Show/Season 01/`."""
    separator = "/" if folder.flavour is Flavour.POSIX else "\\"
    return separator + "".join(part + separator for part in folder.parts_below(location))
