"""Paths compared and combined: below, parent, join, moved to another folder, prefixes and equality."""

import unicodedata

import pytest

from custom_components.plex_smart_scan.scanner.paths.clean_path import CleanPath, Flavour, clean, prefixes, readings

NO_LIMIT = 10_000


@pytest.mark.parametrize(
    ("path", "other", "below"),
    [
        ("/tv/Show", "/tv", True),
        ("/tv", "/tv", True),
        ("/tv-4k/Show", "/tv", False),
        ("/tv", "/tv/Show", False),
        ("/media/series-old/Show", "/media/series", False),
        ("/media/series/../outside", "/media/series", False),
        ("/media/series/Special/x", "/media/series/Special", True),
        ("/anything", "/", True),
        ("/TV/Show", "/tv", False),
        ("d:\\tv\\SHOW", "D:\\TV\\Show", True),
        ("D:\\TV-4K\\Show", "D:\\TV", False),
        ("D:\\x", "D:\\", True),
        ("E:\\x", "D:\\", False),
        ("\\\\SERVER\\MEDIA\\4K", "\\\\server\\media", True),
        ("\\\\server\\media4k\\x", "\\\\server\\media", False),
        ("\\\\?\\UNC\\server\\media\\x", "\\\\server\\media", True),
        ("D:\\x", "/", False),
        ("/d:/x", "D:\\", False),
        ("/server/share/x", "\\\\server\\share", False),
    ],
)
def test_is_below_compares_whole_components(path: str, other: str, below: bool) -> None:
    """Below is determined by whole components and the rules of the flavour."""
    assert clean(path).is_below(clean(other)) is below


def test_unicode_forms_are_equal_and_keep_their_spelling() -> None:
    """Accents compare equal in both forms, and keep their spelling."""
    composed, decomposed = (unicodedata.normalize(form, "/tv/Pokémon/é.mkv") for form in ("NFC", "NFD"))

    assert composed != decomposed
    assert clean(composed).key == clean(decomposed).key
    assert clean(decomposed).text == decomposed


@pytest.mark.parametrize(
    ("path", "parent"),
    [
        ("/tv/Show", "/tv"),
        ("/tv", "/"),
        ("/", None),
        ("D:\\TV", "D:\\"),
        ("D:\\", None),
        ("\\\\server\\share\\TV", "\\\\server\\share"),
        ("\\\\server\\share", None),
    ],
)
def test_parent_is_the_folder_above(path: str, parent: str | None) -> None:
    """The parent is the folder above; a root has none."""
    found = clean(path).parent

    assert (found.text if found else None) == parent


@pytest.mark.parametrize(
    ("path", "other", "parts"),
    [
        ("/tv/Show/S01/x.mkv", "/tv", ("Show", "S01", "x.mkv")),
        ("/tv", "/tv", ()),
        ("/tv/x", "/", ("tv", "x")),
        ("/", "/", ()),
        ("D:\\TV\\Show", "D:\\", ("TV", "Show")),
        ("d:\\tv\\Show", "D:\\TV", ("Show",)),
        ("\\\\s\\h\\TV\\x", "\\\\S\\H", ("TV", "x")),
    ],
)
def test_parts_below_keep_their_spelling(path: str, other: str, parts: tuple[str, ...]) -> None:
    """The parts below keep their spelling."""
    assert clean(path).parts_below(clean(other)) == parts


@pytest.mark.parametrize(
    ("folder", "parts", "joined"),
    [
        ("/", ("tv",), "/tv"),
        ("/tv", ("Show", "x.mkv"), "/tv/Show/x.mkv"),
        ("/tv", (), "/tv"),
        ("S:\\", ("Show",), "S:\\Show"),
        ("D:\\TV", ("C:", "x"), "D:\\TV\\C:\\x"),
        ("\\\\s\\h", ("Show",), "\\\\s\\h\\Show"),
    ],
)
def test_join_never_doubles_a_separator(folder: str, parts: tuple[str, ...], joined: str) -> None:
    """Joining never doubles a separator, and treats components as plain names."""
    assert clean(folder).join(*parts).text == joined


@pytest.mark.parametrize(
    ("path", "source", "target", "moved"),
    [
        ("/tv/Show/x.mkv", "/tv", "/data/tv", "/data/tv/Show/x.mkv"),
        ("/tv", "/tv", "/data/tv", "/data/tv"),
        ("/Show/x.mkv", "/", "/data", "/data/Show/x.mkv"),
        ("/tv/Show", "/tv", "/", "/Show"),
        ("/tv/Show/x.mkv", "/tv", "S:\\", "S:\\Show\\x.mkv"),
        ("D:\\TV\\Show\\x.mkv", "d:\\tv", "/data/tv", "/data/tv/Show/x.mkv"),
        ("\\\\nas\\tv\\Show", "\\\\NAS\\TV", "P:\\TV", "P:\\TV\\Show"),
    ],
)
def test_path_is_moved_across_flavours(path: str, source: str, target: str, moved: str) -> None:
    """A path is moved from one folder to another across flavours."""
    assert clean(path).moved(clean(source), clean(target)).text == moved


@pytest.mark.parametrize(
    ("path", "keys"),
    [
        ("/media/TV/x", ["/media/TV/x", "/media/TV", "/media", ""]),
        ("/", [""]),
        ("D:\\TV\\X", ["d:/tv/x", "d:/tv", "d:"]),
    ],
)
def test_prefixes_are_the_folders_above_longest_first(path: str, keys: list[str]) -> None:
    """Prefixes are the keys of all folders above, longest first."""
    assert list(prefixes(clean(path), NO_LIMIT)) == keys


@pytest.mark.parametrize(
    ("longest", "keys"),
    [(0, [""]), (5, [""]), (6, ["/media", ""]), (8, ["/media", ""]), (9, ["/media/TV", "/media", ""])],
)
def test_prefixes_longer_than_the_index_are_skipped(longest: int, keys: list[str]) -> None:
    """Prefixes longer than the index are skipped."""
    assert list(prefixes(clean("/media/TV/x"), longest)) == keys


def test_keys_of_flavours_are_distinct() -> None:
    """No key of one flavour is a key of the other."""
    posix = {key for text in ("/d:/x", "/server/share", "/") for key in prefixes(clean(text), NO_LIMIT)}
    windows = {key for text in ("D:\\x", "\\\\server\\share\\x") for key in prefixes(clean(text), NO_LIMIT)}

    assert not posix & (windows - {"/", "//server"})


def test_root_has_no_name() -> None:
    """A root has no name."""
    assert [clean(root).name for root in ("/", "D:\\")] == ["", ""]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("D:\\Amélie.mkv", "d:\\AMÉLIE.MKV", True),
        ("D:\\Ärzte\\ÿ", "D:\\ärzte\\Ÿ", True),
        ("D:\\ΟΔΟΣ", "D:\\οδος", True),
        ("D:\\Ёлки", "D:\\ёлки", True),
        ("D:\\Weiß.mkv", "D:\\Weiss.mkv", False),
        ("D:\\\ufb01lm", "D:\\film", False),
        ("D:\\Kap\u0131", "D:\\Kapi", False),
        ("D:\\İstanbul", "D:\\istanbul", False),
        ("/tv/Amélie", "/tv/AMÉLIE", False),
    ],
    ids=ascii,
)
def test_windows_paths_ignore_case(one: str, other: str, same: bool) -> None:
    """Windows folds case letter by letter; names that it keeps apart are different files."""
    assert (clean(one).key == clean(other).key) is same


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("//server/share", ["/server/share", "\\\\server\\share"]),
        ("//server/share/TV/x.mkv", ["/server/share/TV/x.mkv", "\\\\server\\share\\TV\\x.mkv"]),
        ("//?/UNC/server/share/x.mkv", ["/?/UNC/server/share/x.mkv", "\\\\server\\share\\x.mkv"]),
        ("//?/D:/TV/x.mkv", ["/?/D:/TV/x.mkv", "D:\\TV\\x.mkv"]),
        ("//server/share/../x", ["/server/x"]),
        ("//server", ["/server"]),
        ("///server/share", ["/server/share"]),
        ("/server/share", ["/server/share"]),
        ("\\\\server\\share", ["\\\\server\\share"]),
    ],
)
def test_two_leading_slashes_have_two_readings(text: str, meant: list[str]) -> None:
    """Two leading slashes can be a Windows share; a POSIX path comes first."""
    assert [path.text for path in readings(clean(text))] == meant


def test_equal_paths_are_one_entry_in_a_set() -> None:
    """Equal paths are one entry in a set."""
    assert {clean("/tv//Show/"), CleanPath("/tv/Show", "/tv/Show", Flavour.POSIX)} == {clean("/tv/Show")}
