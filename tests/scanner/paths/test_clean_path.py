"""Paths as people, downloaders and Plex write them (POSIX, drives, shares and odd ones) get one canonical form."""

import pytest

from custom_components.plex_smart_scan.scanner.paths.clean_path import (
    Flavour,
    InvalidPathError,
    PathProblem,
    clean,
    flavour_of,
)


@pytest.mark.parametrize(
    ("text", "flavour"),
    [
        ("/media/tv", Flavour.POSIX),
        ("//media/tv", Flavour.POSIX),
        ("D:\\TV", Flavour.WINDOWS),
        ("d:/TV", Flavour.WINDOWS),
        ("D:", Flavour.WINDOWS),
        ("\\\\server\\share", Flavour.WINDOWS),
        ("\\\\?\\D:\\TV", Flavour.WINDOWS),
        ("D:relative", None),
        ("1:\\TV", None),
        ("media/tv", None),
        ("\\TV", None),
        ("C:x:", None),
        ("", None),
    ],
)
def test_flavour_is_determined_by_the_text(text: str, flavour: Flavour | None) -> None:
    """The flavour is determined by the text, not by this machine."""
    assert flavour_of(text) is flavour


@pytest.mark.parametrize(
    ("text", "clean_or_none"),
    [
        # Every spelling of a library's root that occurs in bug reports of similar programs.
        ("/media/series", "/media/series"),
        ("/media/series/", "/media/series"),
        ("/media//series/.", "/media/series"),
        ("/media/series/Show/..", "/media/series"),
        ("//media/series", "/media/series"),
        ("///media/series", "/media/series"),
        ("/media/series\n", "/media/series"),
        ("/media/series\r\n", "/media/series"),
        ("/", "/"),
        ("//", "/"),
        ("/.", "/"),
        # Windows
        ("D:", "D:\\"),
        ("D:\\", "D:\\"),
        ("d:/TV//Show/", "d:\\TV\\Show"),
        ("D:\\TV\\.\\Show\\..\\Film", "D:\\TV\\Film"),
        ("D:\\TV\\Name:", "D:\\TV\\Name:"),
        ("\\\\server\\share", "\\\\server\\share"),
        ("\\\\server\\share\\", "\\\\server\\share"),
        ("\\\\server\\share\\TV\\\\Show", "\\\\server\\share\\TV\\Show"),
        # Windows servers write paths of more than 260 characters this way.
        ("\\\\?\\P:\\TV\\Show", "P:\\TV\\Show"),
        ("\\\\?\\UNC\\server\\share\\TV", "\\\\server\\share\\TV"),
        ("\\\\?\\unc\\server\\share\\TV", "\\\\server\\share\\TV"),
    ],
)
def test_path_is_converted_to_its_canonical_form(text: str, clean_or_none: str) -> None:
    """A path is converted to its canonical form."""
    assert clean(text).text == clean_or_none


@pytest.mark.parametrize(
    "name",
    [
        "Demon Lord, Retry! - S01E06.mkv",
        "100% Wolf & Friends + More #1.mkv",
        "What?.mkv",
        "[imdb:tt0475784].mkv",
        "Spider\u2010Man\u2019s.mkv",
        "Café ☕ 🎬.mkv",
        "ends with a dot.",
        "ends with a blank ",
        " begins with a blank",
        "..hidden..",
        "...",
        "back\\slash",
        "tab\tand\nnewline",
        "~",
        "$HOME",
        "%41",
        "x" * 255,
        "シーズン" * 20,
    ],
    ids=ascii,
)
def test_unusual_name_is_not_changed(name: str) -> None:
    """An odd name is not changed."""
    path = clean(f"/media/tv/{name}")

    assert path.text == f"/media/tv/{name}"
    assert path.name == name


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", PathProblem.EMPTY),
        (" ", PathProblem.EMPTY),
        ("\n", PathProblem.EMPTY),
        (".", PathProblem.RELATIVE),
        ("Season 01/", PathProblem.RELATIVE),
        ("tv/Show/x.mkv", PathProblem.RELATIVE),
        ("../episode.mkv", PathProblem.RELATIVE),
        ("~/tv", PathProblem.RELATIVE),
        ("file:///tv", PathProblem.RELATIVE),
        ("smb://server/share", PathProblem.RELATIVE),
        ("D:x", PathProblem.RELATIVE),
        ("\\TV\\Show", PathProblem.RELATIVE),
        ("\\\\server", PathProblem.RELATIVE),
        ("\\\\server\\", PathProblem.RELATIVE),
        ("\\\\?\\", PathProblem.RELATIVE),
        ("\\\\?\\UNC\\server", PathProblem.RELATIVE),
        ("\\\\?\\Volume{b75e2c83}\\TV", PathProblem.RELATIVE),
        ("\\\\.\\D:\\TV", PathProblem.RELATIVE),
        ("/tv/\0/x.mkv", PathProblem.NUL),
        ("D:\\tv\0", PathProblem.NUL),
        ("/..", PathProblem.ESCAPES),
        ("/tv/../../etc/passwd", PathProblem.ESCAPES),
        ("D:\\..\\x", PathProblem.ESCAPES),
        ("D:/TV/../../x", PathProblem.ESCAPES),
        ("\\\\server\\share\\..\\other", PathProblem.ESCAPES),
        ("\\\\?\\D:\\..", PathProblem.ESCAPES),
        ("/" + "x/" * 2048 + "x", PathProblem.TOO_LONG),
        (b"/tv/caf\xe9.mkv".decode(errors="surrogateescape"), PathProblem.NOT_TEXT),
    ],
    ids=ascii,
)
def test_invalid_path_is_rejected_with_its_problem(text: str, problem: PathProblem) -> None:
    """An invalid path is rejected with its problem."""
    with pytest.raises(InvalidPathError) as caught:
        clean(text)

    assert caught.value.problem is problem


def test_error_does_not_repeat_a_long_text() -> None:
    """An error does not repeat a long text."""
    with pytest.raises(InvalidPathError) as caught:
        clean("/" + "x" * 100_000)

    assert len(str(caught.value)) < 300
