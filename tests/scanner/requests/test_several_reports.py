"""Several reports about one path: what the disk shows decides, each caller gets the result, and there is one event."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from custom_components.plex_smart_scan.scanner.downloaders import read, requests_of
from custom_components.plex_smart_scan.scanner.models import Outcome, ScanResult
from custom_components.plex_smart_scan.scanner.requests.pending import PendingRequest
from tests.fake_plex import FakePlex, Fault, samples
from tests.scanner.conftest import WAIT_LIMIT, Bench, MakeBench

QUIET = {Outcome.ADDED, Outcome.UPDATED, Outcome.UP_TO_DATE}


@pytest.fixture
def film(fake_plex: FakePlex, tmp_path: Path) -> Path:
    """Return a film that Plex lists, beside another one."""
    root = tmp_path / "movies"
    samples.add_movie(root, "Heat (1995)")
    film = samples.add_movie(root, "Tenet (2020)")
    fake_plex.add_library("Movies", "movie", {str(root): root})
    fake_plex.seed()
    return film


def radarr(path: Path, event: str) -> Mapping[str, Any]:
    """Return what Radarr sends about a film's file: that it was deleted for an upgrade, or imported."""
    body = {"eventType": event, "movie": {"folderPath": str(path.parent)}, "movieFile": {"path": str(path)}}
    return body | ({"deleteReason": "upgrade"} if event == "MovieFileDelete" else {"isUpgrade": True})


async def submit(bench: Bench, *bodies: Mapping[str, Any]) -> list[PendingRequest]:
    """Accept what the bodies report, each in its own call."""
    return [each for body in bodies for each in await bench.engine.submit(requests_of(read(body)), durable=True)]


async def results_of(bench: Bench, pending: Sequence[PendingRequest]) -> list[ScanResult]:
    """Wait for the results of the callers."""
    return [await bench.engine.wait(each, WAIT_LIMIT) for each in pending]


@pytest.mark.parametrize("order", [["MovieFileDelete", "Download"], ["Download", "MovieFileDelete"]], ids="-".join)
@pytest.mark.parametrize("apart", ["together", "one after the other", "while Plex is unavailable"])
@pytest.mark.parametrize("websocket", [True, False], ids=["websocket", "polling"])
async def test_replaced_movie_is_listed_whatever_the_order_of_reports(
    film: Path, make_bench: MakeBench, order: list[str], apart: str, websocket: bool
) -> None:
    """Radarr reports the old file as deleted and the new one with the same name, in either order."""
    bench = await make_bench(websocket=websocket)
    samples.put(film, samples.LARGE)
    bodies = [radarr(film, event) for event in order]
    if apart == "while Plex is unavailable":
        await bench.plex.stop()
    pending = await submit(bench, bodies[0])
    if apart == "one after the other":
        await results_of(bench, pending)
    pending += await submit(bench, bodies[1])
    if apart == "while Plex is unavailable":
        await bench.plex.start()

    results = await results_of(bench, pending)

    assert {result.outcome for result in results} <= QUIET
    part = bench.plex.part(str(film))
    assert part
    assert (part.size, part.deleted_at) == (samples.LARGE.stat().st_size, None)
    assert len(bench.results) == (2 if apart == "one after the other" else 1)
    assert set(bench.refreshed) <= {str(film.parent)}


async def test_file_reported_as_deleted_but_visible_is_not_removed(tv: Path, bench: Bench) -> None:
    """Sonarr reports a file as deleted that Plex sees: nothing is removed, and nothing fails."""
    episode = tv / "Westworld/Season 01/Westworld - S01E01.mkv"
    body = {
        "eventType": "EpisodeFileDelete",
        "deleteReason": "missingFromDisk",
        "series": {"path": str(tv / "Westworld")},
        "episodeFile": {"path": str(episode)},
    }

    (result,) = await results_of(bench, await submit(bench, body))

    assert result.outcome is Outcome.UP_TO_DATE
    assert bench.plex.part(str(episode))


@pytest.mark.parametrize("together", [True, False])
async def test_file_renamed_and_renamed_back_ends_with_the_first_name(tv: Path, bench: Bench, together: bool) -> None:
    """Both reports about each name end with what exists: the first name, and not the second."""
    first = tv / "Westworld/Season 01/Westworld - S01E01.mkv"
    second = first.with_stem("Westworld - S01E01 - Pilot")

    def renamed(old: Path, new: Path) -> Mapping[str, Any]:
        old.rename(new)
        file = {"path": str(new), "previousPath": str(old)}
        return {"eventType": "Rename", "series": {"path": str(tv / "Westworld")}, "renamedEpisodeFiles": [file]}

    pending = await submit(bench, renamed(first, second))
    if not together:
        await results_of(bench, pending)
    pending += await submit(bench, renamed(second, first))

    results = await results_of(bench, pending)

    latest = {result.request.path: result.outcome for result in results}
    assert latest[str(first)] in QUIET
    assert latest[str(second)] in {Outcome.REMOVED, Outcome.UP_TO_DATE}
    assert {result.outcome for result in results} <= QUIET | {Outcome.REMOVED}
    part = bench.plex.part(str(first))
    assert part
    assert part.deleted_at is None


async def test_files_reported_by_two_senders_cause_one_scan(tv: Path, bench: Bench) -> None:
    """A watched folder and a downloader report the same 24 files: 24 results, one scan."""
    paths = [samples.add_episode(tv, "Westworld", 1, number) for number in range(2, 26)]

    pending = [
        each
        for _ in range(2)
        for each in await bench.engine.submit([bench.request(path) for path in paths], durable=True)
    ]
    results = await results_of(bench, pending)

    assert [result.outcome for result in results] == [Outcome.ADDED] * 48
    assert sorted(result.request.path for result in bench.results) == sorted(map(str, paths))
    assert bench.refreshed == [str(tv / "Westworld/Season 01")]


async def test_file_renamed_during_its_scan_is_added(tv: Path, bench: Bench) -> None:
    """The first name, which Plex never listed, is up to date; the second one is added."""
    unpacked = samples.add_episode(tv, "Westworld", 1, 2)
    bench.plex.hold_walking()
    (first,) = await bench.engine.submit([bench.request(unpacked)], durable=True)
    await bench.until(lambda: bool(bench.refreshed) or first.result is not None)
    renamed = unpacked.rename(unpacked.with_stem("Westworld - S01E03"))
    (second,) = await bench.engine.submit([bench.request(renamed)], durable=True)
    bench.plex.release_walking()

    results = await results_of(bench, [first, second])

    assert results[0].outcome is Outcome.UP_TO_DATE
    assert results[1].outcome in {Outcome.ADDED, Outcome.UP_TO_DATE}  # the first scan may have read it already
    assert bench.plex.part(str(renamed))
    assert set(bench.refreshed) == {str(renamed.parent)}
    assert len(bench.refreshed) <= 2


async def test_tracks_of_a_missing_album_cause_no_scan(
    fake_plex: FakePlex, tmp_path: Path, make_bench: MakeBench
) -> None:
    """Twelve tracks of an album that does not exist cause no scan."""
    root = tmp_path / "music"
    samples.add_track(root, "Artist", "Album", 1)
    fake_plex.add_library("Music", "artist", {"/music": root})
    fake_plex.seed()
    bench = await make_bench(validation_timeout=1.0)

    results = await bench.scan_all([f"/music/Artist/Other/{number:02} - Track.mp3" for number in range(1, 13)])

    assert {result.outcome for result in results} == {Outcome.NOT_FOUND}
    assert bench.refreshed == []


async def test_subtitle_in_a_missing_folder_is_not_found(hidden_tv: Path, make_bench: MakeBench) -> None:
    """It is not found, without a scan."""
    bench = await make_bench(validation_timeout=0.5)

    result = await bench.scan("/data/tv/Nothing/Season 01/Nothing - S01E01.en.srt")

    assert result.outcome is Outcome.NOT_FOUND
    assert bench.refreshed == []


@pytest.mark.parametrize("durable", [True, False])
async def test_repeated_report_keeps_the_place_of_the_request(tv: Path, bench: Bench, durable: bool) -> None:
    """The oldest request stays the first of those that are shown, however often it is reported again."""
    held = bench.plex.faults.add(Fault("slow", path="/library/sections/*/all"))
    paths = [samples.add_episode(tv, "Westworld", 1, number) for number in (2, 3, 4)]
    for path in (*paths, paths[0], paths[1], paths[0]):
        await bench.engine.submit([bench.request(path)], durable=durable)

    shown = [[result.request.path for result in bench.engine.pending_results(limit)] for limit in (1, 2, 10)]
    held.remove()

    assert shown == [[str(path) for path in paths[:count]] for count in (1, 2, 3)]
