"""Laws of paths, locations and mappings, checked for random paths."""

from itertools import pairwise
import unicodedata

from hypothesis import assume, example, given, settings, strategies as st

from custom_components.plex_smart_scan.scanner.libraries.index import LibraryIndex, Match
from custom_components.plex_smart_scan.scanner.media.naming_rules import PathKind, kind_of
from custom_components.plex_smart_scan.scanner.models import FileState, LibraryType
from custom_components.plex_smart_scan.scanner.paths.clean_path import (
    CleanPath,
    Flavour,
    InvalidPathError,
    clean,
    fold_case,
    prefixes,
    readings,
)
from custom_components.plex_smart_scan.scanner.paths.mappings import Mappings, PathMapping
from custom_components.plex_smart_scan.scanner.requests.decision.scan_scope import (
    ScanScope,
    folder_at,
    folder_of,
    wider,
)

from .builders import a_library

# No deadline, since the machine may be busy.
settings.register_profile("laws", deadline=None)
settings.load_profile("laws")

# Any character that a name can contain, and often those with a special meaning.
NAMES = st.one_of(
    st.sampled_from(
        [
            "tv",
            "TV",
            "tv-4k",
            "Show",
            "Season 01",
            "é",
            "e\u0301",
            "Straße",
            "STRASSE",
            "a,b",
            "C:",
            "100%",
            "x.mkv",
            " ",
            "x.",
        ]
    ),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="/\\\0\r\n"), min_size=1, max_size=12),
).filter(lambda name: name not in {".", ".."})
POSIX_ROOTS = st.sampled_from(["/", "/data", "/mnt/a/b"])
WINDOWS_ROOTS = st.sampled_from(["D:\\", "d:/Media", "\\\\NAS\\Share", "\\\\?\\UNC\\nas\\share\\tv", "\\\\?\\P:\\TV"])


@st.composite
def posix_paths(draw: st.DrawFn) -> str:
    """Make a POSIX path, sometimes untidy."""
    separator = draw(st.sampled_from(["/", "//", "/./"]))
    return (
        draw(POSIX_ROOTS)
        + separator
        + separator.join(draw(st.lists(NAMES, max_size=4)))
        + draw(st.sampled_from(["", "/"]))
    )


@st.composite
def windows_paths(draw: st.DrawFn) -> str:
    """Make a Windows path, sometimes untidy."""
    separator = draw(st.sampled_from(["\\", "/", "\\\\", "\\.\\"]))
    names = draw(st.lists(NAMES, max_size=4))
    return draw(WINDOWS_ROOTS) + separator + separator.join(names) + draw(st.sampled_from(["", "\\"]))


PATHS = posix_paths() | windows_paths()
CLEAN_PATHS = PATHS.map(clean)


def separator_of(path: CleanPath) -> str:
    """Return the separator of a path."""
    return "/" if path.flavour is Flavour.POSIX else "\\"


def is_tidy(path: CleanPath) -> bool:
    """Return whether no separator is doubled or at the end, except at the beginning of a share and in a root."""
    separator = separator_of(path)
    body = path.text.removeprefix("\\\\")
    is_root = path.text == "/" or (len(path.text) == 3 and path.text[1:] == ":\\")
    return separator * 2 not in body and (is_root or not body.endswith(separator))


@given(st.text() | st.binary(max_size=300).map(lambda raw: raw.decode(errors="surrogateescape")))
@example("\\\\?\\")
@example("//")
@example("D:")
@example("\\\\a\\b\\..")
def test_any_text_is_a_clean_path_or_is_rejected(text: str) -> None:
    """Every text is a tidy path or raises InvalidPathError."""
    try:
        path = clean(text)
    except InvalidPathError:
        return
    assert is_tidy(path)
    assert ".." not in path.text.split(separator_of(path))


@given(PATHS)
def test_cleaning_is_idempotent(text: str) -> None:
    """Cleaning a clean path changes nothing."""
    once = clean(text)

    assert clean(once.text) == once


@given(PATHS)
def test_unicode_forms_have_one_key(text: str) -> None:
    """Both Unicode forms of a path have one key."""
    key = clean(text).key

    assert clean(unicodedata.normalize("NFD", text)).key == key
    assert clean(unicodedata.normalize("NFC", text)).key == key


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_case_folding_is_idempotent(name: str) -> None:
    """A character stays one character, and folding is idempotent."""
    once = fold_case(name)

    assert len(once) == len(name)
    assert fold_case(once) == once
    assert fold_case(name[:3]) == once[:3]


@given(PATHS, st.integers(1, 3))
def test_leading_slashes_have_valid_readings(text: str, slashes: int) -> None:
    """Each reading of a path with leading slashes is a tidy path; only two slashes have two readings."""
    written = "/" * slashes + text.replace("\\", "/").lstrip("/")
    meant = readings(clean(written))

    assert all(map(is_tidy, meant))
    assert [path.flavour for path in meant] in ([Flavour.POSIX], [Flavour.POSIX, Flavour.WINDOWS])
    assert len(meant) == 1 or slashes == 2
    assert all(clean(path.text) == path for path in meant)


@given(CLEAN_PATHS, st.lists(NAMES, max_size=4))
def test_joined_components_can_be_separated_again(folder: CleanPath, names: list[str]) -> None:
    """Joined components can be separated again, and are below the folder."""
    path = folder.join(*names)

    assert is_tidy(path)
    assert path.is_below(folder)
    assert path.parts_below(folder) == tuple(names)


@given(CLEAN_PATHS)
def test_parents_are_the_folders_of_the_prefixes(path: CleanPath) -> None:
    """The parents of a path are the folders of its key's prefixes."""
    met: list[str] = []
    here: CleanPath | None = path
    while here is not None:
        assert path.is_below(here)
        met.append(here.key)
        here = here.parent

    found = list(prefixes(path, len(path.key)))
    assert found[: len(met)] == met
    assert set(found[len(met) :]) <= {"//nas", "/"}, "a share has no folder above it"


@given(CLEAN_PATHS, st.lists(PATHS, min_size=1, max_size=5), st.integers(0, 4), st.lists(NAMES, max_size=3))
def test_resolved_path_is_below_its_location(
    reported: CleanPath, locations: list[str], which: int, names: list[str]
) -> None:
    """A resolved path is below its location, in its spelling, tidy, and the longest location comes first."""
    index = LibraryIndex(a_library(location, number=n) for n, location in enumerate(locations))
    inside = clean(locations[which % len(locations)]).join(*names)
    if inside.flavour is Flavour.WINDOWS:
        reported = clean(inside.text.swapcase())
        assume(reported.key == inside.key)  # case folding of some letters cannot be reversed
    for path in (reported, inside, clean(unicodedata.normalize("NFD", inside.text))):
        matches = index.match(path)
        for match in matches:
            assert match.path.is_below(match.location)
            assert match.path.key == path.key
            assert match.path.text.startswith(match.location.text)
            assert is_tidy(match.path)
        lengths = [len(match.location.key) for match in matches]
        assert lengths == sorted(lengths, reverse=True)
        above = {n for n, location in enumerate(locations) if path.is_below(clean(location))}
        assert {match.library.id for match in matches} == above


@given(CLEAN_PATHS, NAMES, st.text(st.characters(exclude_categories=["Cs"], exclude_characters="/\\\0"), min_size=1))
def test_location_with_a_common_prefix_does_not_match(folder: CleanPath, name: str, more: str) -> None:
    """`/tv` is never above `/tv-4k`."""
    location, other = folder.join(name), folder.join(name + more)
    assume(location.key != other.key)

    assert not other.is_below(location)
    assert LibraryIndex([a_library(location.text)]).match(other.join("x.mkv")) == ()


@given(
    st.lists(st.tuples(PATHS, PATHS), max_size=4),
    CLEAN_PATHS,
    st.integers(0, 3),
    st.lists(NAMES, max_size=3),
    st.sampled_from([[], ["a\\b"], ["..\\..\\..\\x"], ["a", "..\\..\\..\\..\\..\\x"], ["\\x"]]),
)
def test_mapped_path_is_below_the_target_of_its_row(
    rows: list[tuple[str, str]], elsewhere: CleanPath, which: int, names: list[str], trap: list[str]
) -> None:
    """A mapped path is tidy and below its row's target, by the longest row; mapping it again changes nothing."""
    table = [PathMapping.of(*row) for row in rows]
    mappings = Mappings(table)
    reported = table[which % len(table)].source.join(*names) if table else elsewhere
    if reported.flavour is Flavour.POSIX:
        reported = reported.join(*trap)
    try:
        mapped = mappings.apply(reported)
    except InvalidPathError:
        assert "\\" in reported.text, "only a name that Windows would read as a way out is refused"
        return
    assert is_tidy(mapped.path)
    if mapped.row is None:
        assert mapped.path == reported
    else:
        assert mapped.path.is_below(mapped.row.target)
        fitting = [len(row.source.key) for row in table if reported.is_below(row.source)]
        assert len(mapped.row.source.key) == max(fitting)
    # A row whose source is below another's target is never applied in addition.
    if not any(row.source.is_below(other.target) for row in table for other in table):
        assert mappings.apply(mapped.path).path == mapped.path


@given(st.lists(NAMES, min_size=1, max_size=5), st.sampled_from(LibraryType), st.sampled_from(PathKind))
def test_scopes_of_any_path_grow_up_to_the_location(names: list[str], library: LibraryType, kind: PathKind) -> None:
    """From narrow to wide: each folder is within the location, and each wider one is above the last."""
    location = clean("/tv")
    match = Match(a_library("/tv", kind=library), location, location.join(*names))
    folder = folder_of(match, kind)
    scope: ScanScope | None = ScanScope.FOLDER
    scanned: list[CleanPath] = []
    while scope is not None:
        wide = folder_at(match, folder, scope)
        assert wide is not None
        scanned.append(wide)
        scope = wider(match, folder, wide)

    assert match.path.is_below(folder)
    assert scanned[0] == folder
    assert scanned[-1].key == location.key
    assert all(lower.is_below(upper) and lower.key != upper.key for lower, upper in pairwise(scanned))


@given(NAMES, st.sampled_from(LibraryType), st.sampled_from(FileState))
def test_any_name_has_a_kind(name: str, library: LibraryType, state: FileState) -> None:
    """Every name has a kind; a folder on disk is a folder."""
    kind = kind_of(clean("/tv").join(name), library, state=state)

    assert (kind is PathKind.FOLDER) or state is not FileState.FOLDER


@given(st.lists(st.text(max_size=10), max_size=5), st.sets(st.text(max_size=10), max_size=3), CLEAN_PATHS)
def test_any_location_gives_a_result(locations: list[str], only: set[str], path: CleanPath) -> None:
    """Any location and any restriction give a result, and a nearest location."""
    index = LibraryIndex([a_library(*locations)])

    index.match(path, only)
    assert (index.nearest_location(path) is None) == (not index.locations())
