"""The mount of a location drops during imports: nothing is scanned or lost, and requests resume by themselves."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from custom_components.plex_smart_scan.scanner.downloaders import read, requests_of
from custom_components.plex_smart_scan.scanner.journal.database import JournalError
from custom_components.plex_smart_scan.scanner.models import Outcome, Reason, ScanRequest
from custom_components.plex_smart_scan.scanner.requests.pending import PendingRequest
from tests.fake_plex import FakePlex, samples
from tests.fake_plex.models import FakeLibrary
from tests.scanner.conftest import Bench, MakeBench

SEASON = "/mounted/tv/Show 1/Season 01"
MISSING = (Outcome.PENDING, Reason.MOUNT_MISSING)


def sonarr(*numbers: int) -> Mapping[str, Any]:
    """Return what Sonarr sends when it has imported episodes of the first season."""
    files = [{"path": f"{SEASON}/Show 1 - S01E{number:02}.mkv"} for number in numbers]
    one = {"episodeFile": files[0]} if len(files) == 1 else {"episodeFiles": files, "destinationPath": SEASON}
    return {"eventType": "Download", "series": {"path": "/mounted/tv/Show 1"}, **one}


def radarr(new: str, old: str) -> Mapping[str, Any]:
    """Return what Radarr sends when it has replaced a film."""
    folder = "/mounted/movies/Film 1 (2001)"
    return {
        "eventType": "Download",
        "isUpgrade": True,
        "movie": {"folderPath": folder},
        "movieFile": {"path": f"{folder}/{new}"},
        "deletedFiles": [{"path": f"{folder}/{old}"}],
    }


@pytest.fixture
def mounted(fake_plex: FakePlex, tmp_path: Path) -> Path:
    """Return the real folder of two libraries on a mounted disk: nine episodes and twelve films."""
    root = tmp_path / "mounted"
    for number in range(1, 9):
        samples.add_episode(root / "tv", "Show 1", 1, number)
    samples.add_episode(root / "tv", "Show 2", 1, 1)
    for number in range(1, 13):
        samples.add_movie(root / "movies", f"Film {number} ({2000 + number})")
    fake_plex.add_library("TV Shows", "show", {"/mounted/tv": root / "tv"})
    fake_plex.add_library("Movies", "movie", {"/mounted/movies": root / "movies"})
    fake_plex.prefs["autoEmptyTrash"] = True
    fake_plex.seed()
    return root


def listed(library: FakeLibrary) -> set[str]:
    """Return the files that Plex lists, those in the trash left out."""
    return {part.file for part in library.all_parts if not part.deleted_at}


async def outcomes(bench: Bench, requests: Sequence[ScanRequest]) -> set[tuple[Outcome, Reason | None]]:
    """Accept requests, wait until each is finished or waits for a mount, and return their results."""
    accepted = await bench.engine.submit(requests, durable=True)

    def on_result(pending: PendingRequest) -> bool:
        held = any(progress.waiting_reason is Reason.MOUNT_MISSING for progress in pending.root.progresses)
        return held or pending.root.result is not None

    await bench.until(lambda: all(map(on_result, accepted)))
    results = [await bench.engine.wait(pending, 0) for pending in accepted]
    return {(result.outcome, result.reason) for result in results}


@pytest.mark.parametrize("point", ["empty", "gone", "leftovers"])
@pytest.mark.parametrize("body", [sonarr(9), sonarr(*range(9, 19))], ids=["import", "season pack"])
@pytest.mark.parametrize("settings", [{}, {"smart_scanning": False}, {"duplicate_detection": False}], ids=str)
async def test_import_into_a_missing_mount_waits_and_loses_no_episode(
    mounted: Path, make_bench: MakeBench, body: Mapping[str, Any], settings: Mapping[str, bool], point: str
) -> None:
    """Sonarr imports into an empty mount point: with or without smart scanning, no episode is lost."""
    bench = await make_bench(**settings)
    library = bench.plex.libraries[0]
    before = listed(library)
    leftovers = ["lost+found/", "Thumbs.db"] if point == "leftovers" else []
    bench.plex.unmount("/mounted/tv", missing=point == "gone", leftovers=leftovers)
    requests = requests_of(read(body))

    assert await outcomes(bench, requests) == {MISSING}
    assert bench.refreshed == []

    bench.plex.mount("/mounted/tv")
    for request in requests:
        samples.put(mounted / "tv" / request.path.removeprefix("/mounted/tv/"))
    await bench.until_done()
    assert {result.outcome for result in bench.results} == {Outcome.ADDED}
    assert listed(library) == before | {request.path for request in requests}


async def test_what_plex_lists_when_the_mount_is_back_counts(mounted: Path, make_bench: MakeBench) -> None:
    """Plex has listed the file by then: it needs no scan."""
    bench = await make_bench()
    bench.plex.unmount("/mounted/tv")
    requests = requests_of(read(sonarr(9)))
    assert await outcomes(bench, requests) == {MISSING}

    bench.plex.mount("/mounted/tv")
    samples.put(mounted / "tv" / requests[0].path.removeprefix("/mounted/tv/"))
    bench.plex.seed()
    await bench.until_done()

    assert [result.outcome for result in bench.results] == [Outcome.ADDED]
    assert bench.refreshed == []


async def test_missing_mount_is_noticed_without_a_websocket(mounted: Path, make_bench: MakeBench) -> None:
    """The same checks are made without a websocket."""
    bench = await make_bench(websocket=False)
    bench.plex.unmount("/mounted/tv")

    assert await outcomes(bench, requests_of(read(sonarr(9)))) == {MISSING}
    assert bench.refreshed == []


@pytest.mark.parametrize("shows", [1, 2])
async def test_file_in_an_empty_mount_point_does_not_count_as_mounted(
    mounted: Path, make_bench: MakeBench, shows: int
) -> None:
    """Plex sees the new file in the empty mount point, and no other listed file."""
    bench = await make_bench()
    library = bench.plex.libraries[0]
    if shows == 1:
        (mounted / "tv/Show 2/Season 01/Show 2 - S01E01.mkv").unlink()
        (mounted / "tv/Show 2/Season 01").rmdir()
        (mounted / "tv/Show 2").rmdir()
        bench.plex.seed()
    before = listed(library)
    bench.plex.unmount("/mounted/tv", leftovers=["Show 1/Season 01/Show 1 - S01E09.mkv"])

    assert await outcomes(bench, requests_of(read(sonarr(9)))) == {MISSING}
    assert bench.refreshed == []
    assert listed(library) == before


@pytest.mark.parametrize("new", ["Film 1 (2001) 2160p.mkv", "Film 1 (2001).mkv"], ids=["another name", "same name"])
async def test_replaced_movie_waits_for_its_missing_mount(mounted: Path, make_bench: MakeBench, new: str) -> None:
    """Neither the old nor the new file counts while the mount is missing; then both get their results."""
    bench = await make_bench()
    library, old = bench.plex.libraries[1], "Film 1 (2001).mkv"
    before = listed(library)
    bench.plex.unmount("/mounted/movies")
    folder = "/mounted/movies/Film 1 (2001)"
    deleted = {"eventType": "MovieFileDelete", "deleteReason": "upgrade", "movie": {"folderPath": folder}}
    bodies = [deleted | {"movieFile": {"path": f"{folder}/{old}"}}, radarr(new, old)]

    said = [each for body in bodies for each in await outcomes(bench, requests_of(read(body)))]

    assert set(said) == {MISSING}
    assert bench.refreshed == []
    assert listed(library) == before

    bench.plex.mount("/mounted/movies")
    (mounted / "movies/Film 1 (2001)" / old).unlink()
    samples.put(mounted / "movies/Film 1 (2001)" / new, samples.LARGE)
    await bench.until_done()
    assert listed(library) == before - {f"{folder}/{old}"} | {f"{folder}/{new}"}
    assert {result.outcome for result in bench.results} <= {Outcome.ADDED, Outcome.UPDATED, Outcome.REMOVED}


@pytest.mark.parametrize("smart", [True, False])
async def test_missing_mount_does_not_delay_another_location(
    mounted: Path, make_bench: MakeBench, tmp_path: Path, smart: bool
) -> None:
    """The other location is still scanned; a scan of the whole library waits, since it reads both."""
    near = tmp_path / "near"
    samples.add_episode(near, "Show 3", 1, 1)
    library = (plex := (bench := await make_bench(smart_scanning=smart)).plex).libraries[0]
    plex.add_location(library, "/near/tv", near)
    plex.seed()
    await bench.engine.registry.read()
    before = listed(library)
    plex.unmount("/mounted/tv")
    samples.add_episode(near, "Show 3", 1, 2)
    here = ScanRequest(path="/near/tv/Show 3/Season 01/Show 3 - S01E02.mkv")

    assert await outcomes(bench, requests_of(read(sonarr(9)))) == {MISSING}
    assert await outcomes(bench, [here]) == {(Outcome.ADDED, None) if smart else MISSING}

    assert bench.refreshed == (["/near/tv/Show 3/Season 01"] if smart else [])
    assert before <= listed(library)


@pytest.mark.parametrize("fields", [{}, {"force": True}, {"validate": False}, {"gone": True}], ids=str)
@pytest.mark.parametrize("path", ["/mounted/tv", "/mounted/tv/Show 1", SEASON, f"{SEASON}/Show 1 - S01E01.mkv"])
async def test_no_request_scans_a_location_with_a_missing_mount(
    mounted: Path, bench: Bench, path: str, fields: dict[str, bool]
) -> None:
    """No request, whatever it names, scans a location whose mount is missing."""
    bench.plex.unmount("/mounted/tv")
    before = listed(bench.plex.libraries[0])

    result = await bench.scan(path, seconds=0.3, **fields)

    assert result.outcome in {Outcome.PENDING, Outcome.UP_TO_DATE}
    assert bench.refreshed == []
    assert listed(bench.plex.libraries[0]) == before


@pytest.mark.parametrize("known_size", [True, False])
async def test_file_that_plex_drops_with_its_mount_is_not_removed(
    mounted: Path, make_bench: MakeBench, known_size: bool
) -> None:
    """The mount drops during the scan, which drops the folder: the file is listed again, unchanged, as a new item."""
    bench = await make_bench()
    path, library = f"{SEASON}/Show 1 - S01E01.mkv", bench.plex.libraries[0]
    size = (mounted / "tv/Show 1/Season 01/Show 1 - S01E01.mkv").stat().st_size if known_size else None
    before = listed(library)
    bench.plex.hold_walking()
    (pending,) = await bench.engine.submit([bench.request(path, size=size, force=True)], durable=True)
    await bench.plex.wait_scan_started()
    bench.plex.unmount("/mounted/tv", leftovers=["Show 1/Season 01/"])
    bench.plex.release_walking()
    await bench.until(
        lambda: pending.done.is_set() or any(each.waiting_reason is Reason.MOUNT_MISSING for each in pending.progresses)
    )
    bench.plex.mount("/mounted/tv")

    result = await bench.engine.wait(pending, 30)

    assert (result.outcome, result.reason) == (Outcome.UP_TO_DATE, None)
    assert bench.refreshed == [SEASON, SEASON]
    assert listed(library) == before


@pytest.mark.usefixtures("mounted")
async def test_location_that_is_meant_to_be_empty_is_scanned_once_if_the_request_is_accepted(bench: Bench) -> None:
    """A confirmation whose request could not be stored must not allow a later scan of a missing mount."""
    library = next(each for each in bench.engine.registry.libraries if each.title == "TV Shows")
    bench.plex.unmount("/mounted/tv")
    bench.disk.full = True
    with pytest.raises(JournalError):
        await bench.engine.scan_empty_location(library, "/mounted/tv")
    bench.disk.full = False
    location = bench.request("/mounted/tv", force=True, validate=False)

    assert await outcomes(bench, [location]) == {MISSING}
    assert bench.refreshed == []

    await bench.engine.scan_empty_location(library, "/mounted/tv")
    await bench.until_done()
    assert bench.refreshed == ["/mounted/tv"]
