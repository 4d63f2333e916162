"""The scans that a body causes: one of each folder that it concerns, and no others."""

from dataclasses import replace
from pathlib import Path
import shutil

import pytest

from custom_components.plex_smart_scan.scanner.downloaders import read, requests_of
from custom_components.plex_smart_scan.scanner.models import Outcome
from custom_components.plex_smart_scan.scanner.paths.clean_path import clean
from tests.fake_plex import FakePlex, samples
from tests.scanner.conftest import QUICK, WAIT_LIMIT, MakeBench

from .bodies import ALL
from .bodies.case import CYNICAL, S01E01, S01E02, SEASON_1, WESTWORLD, Case

LIBRARIES = {
    "/TV": "show",
    "D:\\TV": "show",
    "\\\\nas\\tv": "show",
    "/Movies": "movie",
    "/movies": "movie",
    "C:\\Movies": "movie",
    "/Music": "artist",
}
# Books are in no Plex library, and the shares' roots in no case here.
CASES = [
    pytest.param(case, id=f"{group}: {case.name}")
    for group, cases in ALL.items()
    for case in cases
    if (case.there or case.gone) and not any("/Books" in path for path in case.there + case.gone)
]


class Disk:
    """The disk of Plex, under other names than in Home Assistant."""

    def __init__(self, root: Path) -> None:
        """Store the folder that contains everything."""
        self.root = root

    def real(self, path: str) -> Path:
        """Return the real path for a path of any flavour."""
        drive, _, rest = clean(path).text.replace("\\", "/").rpartition(":/")
        return self.root / drive / rest.lstrip("/")

    def add(self, path: str, sample: Path = samples.SMALL) -> None:
        """Create a file at a path."""
        place = self.real(path)
        samples.put(place, samples.MP3 if place.suffix == ".mp3" else sample)

    def remove(self, path: str) -> None:
        """Delete a file or a whole folder."""
        place = self.real(path)
        if place.is_dir():
            shutil.rmtree(place)
        else:
            place.unlink(missing_ok=True)


@pytest.fixture
def disk(fake_plex: FakePlex, tmp_path: Path) -> Disk:
    """Return the disk below the libraries, none of which is empty."""
    disk = Disk(tmp_path)
    fake_plex.timings.scan_end = 0.05  # later requests can see what the scan found
    for location, kind in LIBRARIES.items():
        disk.add(in_folder(f"{location}{separator(location)}Other"))
        fake_plex.add_library(location, kind, {location: disk.real(location)})
    return disk


def separator(path: str) -> str:
    """Return what separates the parts of a path."""
    return "\\" if "\\" in path else "/"


def in_folder(folder: str, number: int = 1) -> str:
    """Return the path of a file in a folder, with a name that Plex indexes."""
    if "Music" in folder:
        name = f"{number:02} - Track {number}.mp3"
    elif "ovies" in folder:
        name = f"Other Movie ({2000 + number}).mkv"
    else:
        name = f"Other - S09E{number:02}.mkv"
    return f"{folder}{separator(folder)}{name}"


def folder_of(path: str) -> str:
    """Return the folder to scan for a file."""
    parent = clean(path).parent
    assert parent
    return parent.text


def is_file(path: str) -> bool:
    """Return whether a path is that of a media file, by its name."""
    return path.endswith((".mkv", ".mp3"))


def expected_folders(case: Case) -> set[str]:
    """Return a file's own folder, an existing folder itself, or the folder above a removed one."""
    there = {folder_of(path) if is_file(path) else clean(path).text for path in case.there}
    return there | {folder_of(path) for path in case.gone}


@pytest.mark.parametrize("case", CASES)
async def test_each_folder_of_a_body_is_scanned_once(
    case: Case, disk: Disk, fake_plex: FakePlex, make_bench: MakeBench
) -> None:
    """Each folder is scanned once at most, and every path is proven to be in Plex or not.

    A folder below one that was scanned needs no scan of its own.
    """
    for path in case.there + case.gone:
        disk.add(in_folder(folder_of(path) if is_file(path) else path))
    for path in case.gone:
        if is_file(path):
            disk.add(path)
    fake_plex.seed()
    for path in case.gone:
        disk.remove(path)
    for path in case.there:
        disk.add(path if is_file(path) else in_folder(path, 2), samples.LARGE)
    bench = await make_bench()

    # The sizes in the bodies are not those of the sample files.
    requests = [replace(request, size=None) for request in requests_of(read(case.body))]
    accepted = await bench.engine.submit(requests, durable=True)
    results = [await bench.engine.wait(pending, 10) for pending in accepted]

    assert {result.outcome for result in results if result.request.gone} <= {Outcome.REMOVED}
    assert {result.outcome for result in results if not result.request.gone} <= {Outcome.ADDED, Outcome.UPDATED}
    scanned = [clean(scan.path or "") for scan in fake_plex.stats.scans]
    expected = {clean(folder) for folder in expected_folders(case)}
    assert len(scanned) == len(set(scanned))
    assert set(scanned) <= expected
    assert all(any(folder.is_below(above) for above in scanned) for folder in expected)


async def test_events_of_one_import_cause_one_scan(disk: Disk, fake_plex: FakePlex, make_bench: MakeBench) -> None:
    """Sonarr reports each file, then the whole import: Plex reads the season's folder once."""
    disk.add(in_folder(SEASON_1))
    fake_plex.seed()
    disk.add(S01E01)
    disk.add(S01E02)
    bench = await make_bench(timing=replace(QUICK, same_report=WAIT_LIMIT))
    bench.plex.hold_walking()
    series = {"path": WESTWORLD}
    one_by_one = [
        {"eventType": "Download", "series": series, "episodeFile": {"path": path}} for path in (S01E01, S01E02)
    ]
    complete = {
        "eventType": "Download",
        "series": series,
        "episodeFiles": [{"path": S01E01}, {"path": S01E02}],
        "destinationPath": SEASON_1,
    }

    accepted = [
        pending
        for body in (*one_by_one, complete)
        for pending in await bench.engine.submit(requests_of(read(body)), durable=True)
    ]
    bench.plex.release_walking()
    outcomes = {(await bench.engine.wait(pending, 10)).outcome for pending in accepted}

    assert outcomes == {Outcome.ADDED}
    assert [scan.path for scan in fake_plex.stats.scans] == [SEASON_1]


async def test_matching_size_in_the_body_avoids_the_scan(
    disk: Disk, fake_plex: FakePlex, make_bench: MakeBench
) -> None:
    """Home Assistant sees no file, but the reported size is the one in Plex."""
    disk.add(CYNICAL)
    fake_plex.seed()
    bench = await make_bench()

    async def outcome(size: int) -> Outcome:
        body = {"eventType": "Download", "trackFiles": [{"path": CYNICAL, "size": size}]}
        (pending,) = await bench.engine.submit(requests_of(read(body)), durable=True)
        return (await bench.engine.wait(pending, 10)).outcome

    assert await outcome(samples.MP3.stat().st_size) is Outcome.UP_TO_DATE
    assert fake_plex.stats.scans == []
