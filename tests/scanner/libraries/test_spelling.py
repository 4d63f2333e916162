"""A folder is scanned by the name that the server has for it, since it compares bytes."""

import base64
from dataclasses import replace
from pathlib import Path
from unicodedata import normalize
from urllib.parse import unquote

import pytest

from custom_components.plex_smart_scan.scanner.libraries.spelling import find_entry, listed_names
from custom_components.plex_smart_scan.scanner.models import Outcome, Reason
from custom_components.plex_smart_scan.scanner.paths.clean_path import Flavour, clean
from custom_components.plex_smart_scan.scanner.plex.xml import Entry
from tests.fake_plex import FakePlex, Fault, samples
from tests.scanner.builders import a_file
from tests.scanner.conftest import QUICK, WAIT_LIMIT, Bench, MakeBench

SHOW = "Les Légendes"
COMPOSED, DECOMPOSED = normalize("NFC", SHOW), normalize("NFD", SHOW)
FORMS = [(DECOMPOSED, COMPOSED), (COMPOSED, DECOMPOSED)]
DIRECTIONS = ["server decomposes", "sender decomposes"]


def make_library(fake_plex: FakePlex, root: Path, location: str = "/data/tv") -> Path:
    """Give the server a TV library that Home Assistant cannot see; return the real folder."""
    samples.add_episode(root, "Other", 1, 1)
    fake_plex.add_library("TV Shows", "show", {location: root})
    return root


def browsed_folders(bench: Bench) -> list[str]:
    """Return the folders that Plex was asked about, in order."""
    paths = [path.rpartition("/")[2] for path in bench.plex.stats.paths() if path.startswith("/services/browse/")]
    return [base64.b64decode(unquote(path)).decode() for path in paths]


@pytest.mark.parametrize(("listed", "sent"), FORMS, ids=DIRECTIONS)
@pytest.mark.parametrize("location", ["/data/tv", r"D:\TV"], ids=["posix", "windows"])
async def test_first_scan_of_a_listed_folder_uses_its_spelling(
    fake_plex: FakePlex, tmp_path: Path, make_bench: MakeBench, listed: str, sent: str, location: str
) -> None:
    """The first scan is of the right folder: the listed files show its spelling."""
    root = make_library(fake_plex, tmp_path / "tv", location)
    samples.add_episode(root, listed, 1, 1)
    fake_plex.seed()
    bench = await make_bench()
    folder = clean(location).join(listed, "Season 01").text
    new = samples.add_episode(root, listed, 1, 2)

    result = await bench.scan(clean(location).join(sent, "Season 01", new.name).text)

    assert result.outcome is Outcome.ADDED
    assert bench.refreshed == [folder]
    assert result.server_path == clean(location).join(listed, "Season 01", new.name).text
    if location == "/data/tv":  # on Windows, the case of each name is looked up
        assert location not in browsed_folders(bench)


@pytest.mark.parametrize(("listed", "sent"), FORMS, ids=DIRECTIONS)
@pytest.mark.parametrize("season", ["Season 01", "Été 01"])
async def test_new_folder_is_scanned_as_plex_sees_it(
    fake_plex: FakePlex, tmp_path: Path, make_bench: MakeBench, listed: str, sent: str, season: str
) -> None:
    """The spelling of a new folder is the one that the server sees."""
    root = make_library(fake_plex, tmp_path / "tv")
    fake_plex.seed()
    bench = await make_bench()
    there = normalize("NFC", season) if listed == COMPOSED else normalize("NFD", season)
    new = samples.put(root / listed / there / f"{listed} - S01E01.mkv")

    result = await bench.scan(f"/data/tv/{sent}/{season}/{sent} - S01E01.mkv")

    assert result.outcome is Outcome.ADDED
    assert bench.refreshed == [f"/data/tv/{listed}/{there}"]
    assert [item.file for item in result.items] == [f"/data/tv/{new.relative_to(root)}"]


async def test_new_season_is_scanned_below_the_listed_show(
    fake_plex: FakePlex, tmp_path: Path, make_bench: MakeBench
) -> None:
    """The listed files show the spelling of the show; no large folder is read."""
    root = make_library(fake_plex, tmp_path / "tv")
    samples.add_episode(root, DECOMPOSED, 1, 1)
    fake_plex.seed()
    bench = await make_bench()
    new = samples.add_episode(root, DECOMPOSED, 2, 1)

    result = await bench.scan(f"/data/tv/{COMPOSED}/Season 02/{new.name}")

    assert result.outcome is Outcome.ADDED
    assert bench.refreshed == [f"/data/tv/{DECOMPOSED}/Season 02"]
    assert "/data/tv" not in browsed_folders(bench)


@pytest.mark.parametrize(("listed", "sent"), FORMS, ids=DIRECTIONS)
async def test_removed_file_is_scanned_as_it_was_listed(
    fake_plex: FakePlex, tmp_path: Path, make_bench: MakeBench, listed: str, sent: str
) -> None:
    """The files listed before show the spelling."""
    root = make_library(fake_plex, tmp_path / "tv")
    gone = samples.add_episode(root, listed, 1, 1)
    samples.add_episode(root, listed, 1, 2)
    fake_plex.seed()
    bench = await make_bench()
    gone.unlink()

    result = await bench.scan(f"/data/tv/{sent}/Season 01/{gone.name}", gone=True)

    assert result.outcome is Outcome.REMOVED
    assert bench.refreshed == [f"/data/tv/{listed}/Season 01"]


async def test_spelling_of_the_listing_is_used_on_a_mac(
    fake_plex: FakePlex, tmp_path: Path, make_bench: MakeBench
) -> None:
    """A Mac finds a file by either form, and lists it by one, which is used."""
    fake_plex.quirks.nfd_paths = True
    root = make_library(fake_plex, tmp_path / "tv")
    samples.add_episode(root, COMPOSED, 1, 1)
    fake_plex.seed()
    bench = await make_bench()
    new = samples.add_episode(root, COMPOSED, 1, 2)

    result = await bench.scan(f"/data/tv/{COMPOSED}/Season 01/{new.name}")

    assert result.outcome is Outcome.ADDED
    assert bench.refreshed == [f"/data/tv/{DECOMPOSED}/Season 01"]


@pytest.mark.parametrize(("listed", "sent"), FORMS, ids=DIRECTIONS)
async def test_ignored_file_is_seen_in_either_form(hidden_tv: Path, bench: Bench, listed: str, sent: str) -> None:
    """Plex sees the file in either form but ignores it."""
    samples.put(hidden_tv / listed / f"{listed}-sample - S01E05.mkv")

    result = await bench.scan(f"/data/tv/{sent}/{sent}-sample - S01E05.mkv")

    assert (result.outcome, result.reason) == (Outcome.NOT_FOUND, Reason.IGNORED_BY_PLEX)


async def test_folder_with_a_dot_is_recognized_in_either_form(
    fake_plex: FakePlex, tmp_path: Path, make_bench: MakeBench
) -> None:
    """A name such as `Été.1` is recognized as a folder in either form."""
    root = make_library(fake_plex, tmp_path / "tv")
    fake_plex.seed()
    samples.put(root / DECOMPOSED / normalize("NFD", "Été.1") / "Episode - S01E01.mkv")
    bench = await make_bench()

    result = await bench.scan(f"/data/tv/{COMPOSED}/Été.1")

    assert result.outcome is Outcome.ADDED
    assert bench.refreshed == [f"/data/tv/{DECOMPOSED}/{normalize('NFD', 'Été.1')}"]


async def test_ascii_path_needs_no_further_request(hidden_tv: Path, make_bench: MakeBench) -> None:
    """A name with a single form needs no further request."""
    bench = await make_bench(timing=replace(QUICK, view_max_age=WAIT_LIMIT))
    samples.put(hidden_tv / "Westworld/Season 01/Épisode - S01E02.mkv")

    assert (await bench.scan("/data/tv/Westworld/Season 01/Épisode - S01E02.mkv")).outcome is Outcome.ADDED
    assert browsed_folders(bench) == ["/data/tv/Westworld/Season 01"]
    lookups = [request for request in bench.plex.stats.requests if request.matches("/library/sections/*/all")]
    assert len({request.query["file"] for request in lookups}) == 1


async def test_files_of_one_folder_share_the_spelling(
    fake_plex: FakePlex, tmp_path: Path, make_bench: MakeBench
) -> None:
    """The files of one folder share the result."""
    root = make_library(fake_plex, tmp_path / "tv")
    fake_plex.seed()
    bench = await make_bench(timing=replace(QUICK, view_max_age=60.0, mount_max_age=60.0))
    names = [samples.add_episode(root, DECOMPOSED, 1, number).name for number in range(1, 11)]

    results = await bench.scan_all([f"/data/tv/{COMPOSED}/Season 01/{name}" for name in names])

    assert {result.outcome for result in results} == {Outcome.ADDED}
    assert bench.refreshed == [f"/data/tv/{DECOMPOSED}/Season 01"]
    assert browsed_folders(bench).count("/data/tv") == 1


async def test_folder_is_scanned_as_reported_if_browsing_is_refused(hidden_tv: Path, bench: Bench) -> None:
    """Without the server's spelling the folder is scanned as reported."""
    bench.plex.faults.add(Fault("status", status=403, path="/services/browse/*"))
    samples.add_episode(hidden_tv, COMPOSED, 1, 1)

    result = await bench.scan(f"/data/tv/{COMPOSED}/Season 01/{COMPOSED} - S01E01.mkv")

    assert result.outcome is Outcome.ADDED
    assert bench.refreshed == [f"/data/tv/{COMPOSED}/Season 01"]


def entries(*names: str) -> list[Entry]:
    """Return what a server sees in a folder."""
    return [Entry(name=name, folder=True) for name in names]


@pytest.mark.parametrize(
    ("names", "name", "flavour", "found"),
    [
        ([DECOMPOSED], COMPOSED, Flavour.POSIX, DECOMPOSED),
        ([DECOMPOSED, COMPOSED], COMPOSED, Flavour.POSIX, COMPOSED),
        (["DARK"], "Dark", Flavour.POSIX, None),
        (["DARK"], "Dark", Flavour.WINDOWS, "DARK"),
        (["DARK", "Dark"], "Dark", Flavour.WINDOWS, "Dark"),
        (["Weiss"], "Weiß", Flavour.WINDOWS, None),
        ([], "Dark", Flavour.POSIX, None),
    ],
    ids=ascii,
)
def test_entry_is_found_by_exact_name_first(names: list[str], name: str, flavour: Flavour, found: str | None) -> None:
    """Found in another form, on Windows in another case; the exact name first."""
    entry = find_entry(entries(*names), name, flavour)

    assert (entry.name if entry else None) == found


@pytest.mark.parametrize(
    ("files", "found"),
    [
        ([], ()),
        ([f"/tv/{DECOMPOSED}/Season 01/x.mkv"], (DECOMPOSED, "Season 01")),
        ([f"/tv/{DECOMPOSED}/Season 02/x.mkv"], (DECOMPOSED,)),
        ([f"/tv/{DECOMPOSED}/x.mkv", f"/tv/{COMPOSED}/x.mkv"], (COMPOSED,)),
        (["/tv/Other/x.mkv", "/elsewhere/x.mkv", "no path"], ()),
    ],
    ids=ascii,
)
def test_listed_files_show_the_spelling(files: list[str], found: tuple[str, ...]) -> None:
    """As far as listed files show it; of two spellings that of the sender."""
    folder = clean(f"/tv/{COMPOSED}/Season 01")

    assert listed_names(folder, clean("/tv"), [a_file(file) for file in files]) == found
