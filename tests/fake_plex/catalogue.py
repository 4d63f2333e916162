"""Naming rules: what a path below a location becomes. No file is read here."""

from dataclasses import dataclass
import re

from tests.fake_plex.media_types import PHOTO_EXTENSIONS, is_indexed

type Key = tuple[str | int | None, ...]


@dataclass(slots=True, frozen=True)
class Row:
    """One level of a placement: an item to find by its key, or to create."""

    type: str
    key: Key
    title: str
    index: int | None = None
    year: int | None = None
    originally_available_at: str | None = None
    disc: int | None = None


@dataclass(slots=True, frozen=True)
class Placement:
    """Where a file belongs: its rows from the top down, with its version and part."""

    rows: tuple[Row, ...]
    stack: tuple[str, str]
    number: int = 1


_TITLE_YEAR = re.compile(r"^(?P<title>.+?)[ ._]*[(\[]?(?P<year>(?:19|20)\d{2})[)\]]?(?:$|[ ._-])")
_FOLDER_YEAR = re.compile(r"^(?P<title>.+?) \((?P<year>(?:19|20)\d{2})\)")
_PIECE = re.compile(r"[ ._-]*\b(?:cd|disc|disk|dvd|part|pt)[ ._-]?(?P<number>[1-9])$", re.IGNORECASE)
_EPISODE = re.compile(r"[sS](?P<season>\d{1,4})[ ._-]*[eE](?P<first>\d{1,4})(?:(?:-?[eE]|-)(?P<last>\d{1,4})(?!\d|p))?")
_CROSS = re.compile(r"(?<!\d)(?P<season>\d{1,2})x(?P<first>\d{2,3})(?:-(?:\d{1,2}x)?(?P<last>\d{2,3}))?(?!\d)")
_DATE = re.compile(r"(?<!\d)(?P<date>(?:19|20)\d{2}[-. ]\d{2}[-. ]\d{2})(?!\d)")
_TRACK = re.compile(r"^(?:(?P<disc>\d)-)?(?P<index>\d{1,3})[ ._-]+(?P<title>.+)$")


def tidy(text: str) -> str:
    """Replace separators of file names by spaces."""
    spaced = re.sub(r"[._]+", " ", text) if " " not in text else text
    return spaced.strip(" -_.") or text


def looks_like_episode(stem: str) -> bool:
    """Whether a name is one of a television episode."""
    return bool(_EPISODE.search(stem) or _CROSS.search(stem))


def place(library_type: str, names: tuple[str, ...], *, has_agent: bool = True) -> list[Placement]:
    """Return where a file belongs: several placements for several episodes in one file, none if it does not belong."""
    stem, _, extension = names[-1].rpartition(".")
    extension = extension.lower()
    if not is_indexed(names[-1], library_type):
        return []
    if library_type == "movie":
        return _place_movie(names[:-1], stem, has_agent=has_agent)
    if library_type == "show":
        return _place_episodes(names[:-1], stem)
    if library_type == "artist":
        return _place_track(names[:-1], stem)
    return _place_photo(names, stem, "photo" if extension in PHOTO_EXTENSIONS else "clip")


def _split_year(text: str) -> tuple[str, int | None]:
    if match := _TITLE_YEAR.match(text):
        return tidy(match["title"]), int(match["year"])
    return tidy(text), None


def _place_movie(folders: tuple[str, ...], stem: str, *, has_agent: bool) -> list[Placement]:
    if not has_agent:
        # "Other Videos": every file is a video of its own.
        row = Row("movie", ("video", *folders, stem), stem)
        return [Placement((row,), ("/".join(folders), stem))]
    if looks_like_episode(stem):
        return []
    whole, number = stem, 1
    if piece := _PIECE.search(stem):
        whole, number = stem[: piece.start()], int(piece["number"])
    folder = _FOLDER_YEAR.match(folders[-1]) if folders else None
    title, year = (folder["title"], int(folder["year"])) if folder else _split_year(whole)
    row = Row("movie", ("movie", title.casefold(), year), title, year=year)
    return [Placement((row,), ("/".join(folders), whole), number)]


def _place_episodes(folders: tuple[str, ...], stem: str) -> list[Placement]:
    found = _EPISODE.search(stem) or _CROSS.search(stem)
    dated = None if found else _DATE.search(stem)
    match = found or dated
    if match is None:
        return []
    show_title, show_year = _show_name(folders, stem[: match.start()])
    show = Row("show", ("show", show_title.casefold(), show_year), show_title, year=show_year)
    stack = ("/".join(folders), stem)
    if dated:
        return [_dated_episode(show, dated["date"], stack)]
    if found is None:
        return []
    season_number = int(found["season"])
    season = Row(
        "season",
        (*show.key, season_number),
        f"Season {season_number}" if season_number else "Specials",
        index=season_number,
    )
    first, last = int(found["first"]), int(found["last"] or found["first"])
    title = tidy(stem[found.end() :]) if stem[found.end() :].strip(" -._") else ""
    return [
        Placement(
            (show, season, Row("episode", (*season.key, number), title or f"Episode {number}", index=number)),
            stack,
        )
        for number in range(first, max(first, last) + 1)
    ]


def _dated_episode(show: Row, text: str, stack: tuple[str, str]) -> Placement:
    date = re.sub(r"[. ]", "-", text)
    year = int(date[:4])
    season = Row("season", (*show.key, year), f"Season {year}", index=year)
    return Placement((show, season, Row("episode", (*season.key, date), date, originally_available_at=date)), stack)


def _show_name(folders: tuple[str, ...], prefix: str) -> tuple[str, int | None]:
    """Take the show from the first folder below the location, else from the file's name."""
    text = folders[0] if folders else prefix.strip(" -._") or "Unknown"
    if match := _FOLDER_YEAR.match(text):
        return match["title"], int(match["year"])
    return tidy(text), None


def _place_track(folders: tuple[str, ...], stem: str) -> list[Placement]:
    artist_name, album_name = [*folders, "[Unknown Album]"][:2] if folders else ("Various Artists", "[Unknown Album]")
    artist = Row("artist", ("artist", artist_name.casefold()), artist_name)
    album_title, album_year = _split_year(album_name)
    album = Row("album", (*artist.key, album_name.casefold()), album_title, year=album_year)
    match = _TRACK.match(stem)
    title = tidy(match["title"]) if match else tidy(stem)
    disc = int(match["disc"]) if match and match["disc"] else 1
    track = Row(
        "track",
        (*album.key, *folders[2:], stem.casefold()),
        title,
        index=int(match["index"]) if match else None,
        disc=disc,
    )
    return [Placement((artist, album, track), ("/".join(folders), stem))]


def _place_photo(names: tuple[str, ...], stem: str, leaf: str) -> list[Placement]:
    folders = names[:-1]
    rows: list[Row] = []
    if folders:
        rows.append(Row("photoalbum", ("photoalbum", *folders), folders[-1]))
    rows.append(Row(leaf, (leaf, *names), stem))
    return [Placement(tuple(rows), ("/".join(folders), stem))]
