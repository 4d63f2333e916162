"""The libraries that a request concerns, and their combined result."""

from pathlib import Path

import pytest

from custom_components.plex_smart_scan.scanner.models import Outcome, Reason
from tests.fake_plex import FakePlex, Fault, samples
from tests.scanner.conftest import RETRY_PAUSE, WAIT_LIMIT, Bench, MakeBench, NoPausesClock


async def test_all_libraries_of_a_folder_are_scanned(
    fake_plex: FakePlex, tmp_path: Path, make_bench: MakeBench
) -> None:
    """Two libraries with one folder both index the file, and the result names both."""
    fake_plex.add_library("Movies", "movie", {str(tmp_path / "m"): tmp_path / "m"})
    fake_plex.add_library("Family", "movie", {str(tmp_path / "m"): tmp_path / "m"})
    bench = await make_bench()

    result = await bench.scan(samples.add_movie(tmp_path / "m", "Tenet (2020)"))

    assert result.outcome is Outcome.ADDED
    assert [entry.library.title for entry in result.libraries] == ["Movies", "Family"]
    assert len(result.items) == 2
    assert len(bench.refreshed) == 2


async def test_request_can_be_restricted_to_a_library(
    fake_plex: FakePlex, tmp_path: Path, make_bench: MakeBench
) -> None:
    """`library` restricts by title, in any case, or by id."""
    for title in ("Movies", "Family"):
        fake_plex.add_library(title, "movie", {str(tmp_path / "m"): tmp_path / "m"})
    bench = await make_bench()
    movie = samples.add_movie(tmp_path / "m", "Tenet (2020)")

    by_title = await bench.scan(movie, libraries=("FAMILY",))
    by_id = await bench.scan(movie, libraries=("1",))

    assert [entry.library.title for entry in by_title.libraries] == ["Family"]
    assert [entry.library.title for entry in by_id.libraries] == ["Movies"]


async def test_file_listed_in_one_library_causes_no_wider_scan_elsewhere(
    fake_plex: FakePlex, tmp_path: Path, make_bench: MakeBench
) -> None:
    """A movie library above a TV library never indexes an episode: that causes no wider scan."""
    fake_plex.add_library("Everything", "movie", {str(tmp_path): tmp_path})
    fake_plex.add_library("TV Shows", "show", {str(tmp_path / "tv"): tmp_path / "tv"})
    (tmp_path / "tv").mkdir()
    bench = await make_bench()

    result = await bench.scan(samples.add_episode(tmp_path / "tv", "Westworld", 1, 1))

    assert result.outcome is Outcome.ADDED
    assert [entry.library.title for entry in result.libraries] == ["TV Shows", "Everything"]
    assert None not in bench.refreshed


async def test_library_added_while_running_is_found(
    tv: Path, fake_plex: FakePlex, tmp_path: Path, bench: Bench
) -> None:
    """If no library contains a path, the libraries are read again: no restart is needed."""
    root = tmp_path / "new"
    fake_plex.add_library("New", "show", {str(root): root})

    result = await bench.scan(samples.add_episode(root, "Dark", 1, 1))

    assert result.outcome is Outcome.ADDED
    assert bench.plex.stats.count("/library/sections") == 1


@pytest.mark.parametrize(
    "fault",
    [
        Fault("status", status=500),
        Fault("status", status=404),
        Fault("starting_up"),
        Fault("disconnect"),
        Fault("truncated"),
    ],
    ids=["500", "404", "starting up", "cut off", "broken"],
)
async def test_error_while_reading_a_new_library_fails_no_request(
    tv: Path, tmp_path: Path, make_bench: MakeBench, fault: Fault
) -> None:
    """A temporary error while the libraries are read does not fail an accepted request."""
    bench = await make_bench(clock=NoPausesClock())
    bench.plex.add_library("New", "show", {str(tmp_path / "new"): tmp_path / "new"})
    times = 1 if fault.status == 404 else 3
    bench.plex.faults.add(Fault(fault.kind, status=fault.status, path="/library/sections", times=times))

    result = await bench.scan(samples.add_episode(tmp_path / "new", "Dark", 1, 1))

    assert (result.outcome, result.reason) == (Outcome.ADDED, None)


async def test_library_added_during_an_outage_is_found_after_it(
    tv: Path, tmp_path: Path, make_bench: MakeBench
) -> None:
    """An accepted request waits for the server, and uses its libraries then."""
    bench = await make_bench()
    bench.plex.add_library("New", "show", {str(tmp_path / "new"): tmp_path / "new"})
    await bench.plex.stop()
    episode = samples.add_episode(tmp_path / "new", "Dark", 1, 1)
    (pending,) = await bench.engine.submit([bench.request(episode)], durable=True)

    assert (await bench.engine.wait(pending, 0.3)).outcome is Outcome.PENDING
    await bench.plex.start()
    assert (await bench.engine.wait(pending, WAIT_LIMIT)).outcome is Outcome.ADDED


async def test_resolving_a_path_does_not_wait_for_the_server(tv: Path, make_bench: MakeBench) -> None:
    """A query does not wait for an unavailable server: it uses the libraries as last read."""
    clock = NoPausesClock()
    bench = await make_bench(clock=clock)
    bench.plex.faults.add(Fault("status", status=500, path="/library/sections"))
    clock.slept.clear()

    found = await bench.engine.registry.resolve("/elsewhere/x.mkv")

    assert (found.matches, found.nearest) == ((), str(tv))
    assert bench.plex.stats.count("/library/sections") == 1
    assert [seconds for seconds in clock.slept if RETRY_PAUSE <= seconds < WAIT_LIMIT] == []


async def test_path_in_no_library_fails_with_the_nearest_location(tv: Path, bench: Bench) -> None:
    """It fails with the nearest location; Plex receives one request for the libraries and none for a scan."""
    result = await bench.scan(str(tv) + "-4k/Dark/Season 01/Dark - S01E01.mkv")

    assert (result.outcome, result.reason, result.detail) == (Outcome.FAILED, Reason.NO_LIBRARY, str(tv))
    assert bench.plex.stats.paths() == ["/library/sections"]


@pytest.mark.parametrize("path", ["", " ", "relative/x.mkv", "/a\0b", "/../x", "C:x"])
async def test_invalid_path_fails_without_a_request(tv: Path, bench: Bench, path: str) -> None:
    """It fails at once, without a request to Plex."""
    result = await bench.scan(path)

    assert (result.outcome, result.reason) == (Outcome.FAILED, Reason.INVALID_PATH)
    assert bench.plex.stats.paths() == []


async def test_removed_library_is_reported(tv: Path, fake_plex: FakePlex, bench: Bench) -> None:
    """After a 404 for the scan, the libraries are read again, and the library is reported as gone."""
    fake_plex.add_library("Movies", "movie", {str(tv.parent / "m"): tv.parent / "m"})
    episode = samples.add_episode(tv, "Westworld", 1, 2)
    fake_plex.remove_library(fake_plex.libraries[0])

    result = await bench.scan(episode)

    assert (result.outcome, result.reason) == (Outcome.FAILED, Reason.LIBRARY_GONE)


async def test_request_continues_in_a_recreated_library(tv: Path, fake_plex: FakePlex, bench: Bench) -> None:
    """The request continues in the new library with the same folder."""
    episode = samples.add_episode(tv, "Westworld", 1, 2)
    fake_plex.remove_library(fake_plex.libraries[0])
    fake_plex.add_library("Anew", "show", {str(tv): tv})

    result = await bench.scan(episode)

    assert (result.outcome, result.reason) == (Outcome.ADDED, None)
    assert [entry.library.title for entry in result.libraries] == ["Anew"]


async def test_request_continues_in_the_new_library_of_a_location(
    tv: Path, tmp_path: Path, make_bench: MakeBench
) -> None:
    """The former library is never scanned as a whole; the request continues in the other one."""
    bench = await make_bench()
    (old,) = bench.plex.libraries
    rest = tmp_path / "rest"
    rest.mkdir()
    bench.plex.add_location(old, str(rest), rest)
    bench.plex.remove_location(old, str(tv))
    bench.plex.add_library("Series", "show", {str(tv): tv})

    result = await bench.scan(samples.add_episode(tv, "Westworld", 1, 2))

    assert (result.outcome, result.reason) == (Outcome.ADDED, None)
    assert [entry.library.title for entry in result.libraries] == ["Series"]
    assert None not in bench.refreshed


async def test_removed_location_fails_without_a_scan_of_the_library(
    tv: Path, tmp_path: Path, make_bench: MakeBench
) -> None:
    """The path is in no library any more; nothing is scanned as a whole."""
    bench = await make_bench()
    (library,) = bench.plex.libraries
    bench.plex.add_location(library, str(tmp_path), tmp_path / "rest")
    bench.plex.remove_location(library, str(tv))
    bench.plex.remove_location(library, str(tmp_path))

    result = await bench.scan(samples.add_episode(tv, "Westworld", 1, 2))

    assert (result.outcome, result.reason) == (Outcome.FAILED, Reason.LIBRARY_GONE)
    assert None not in bench.refreshed


async def test_recreated_library_does_not_affect_the_other_library(
    fake_plex: FakePlex, tmp_path: Path, make_bench: MakeBench
) -> None:
    """The outcome of the other library is kept."""
    movies = tmp_path / "m"
    gone = fake_plex.add_library("Movies", "movie", {str(movies): movies})
    fake_plex.add_library("Family", "movie", {str(movies): movies})
    bench = await make_bench()
    fake_plex.remove_library(gone)
    fake_plex.add_library("Anew", "movie", {str(movies): movies})

    result = await bench.scan(samples.add_movie(movies, "Tenet (2020)"))

    assert result.outcome is Outcome.ADDED
    assert sorted(entry.library.title for entry in result.libraries) == ["Anew", "Family"]
    assert len(bench.refreshed) == 2


async def test_404_of_a_listed_library_is_retried(tv: Path, bench: Bench) -> None:
    """The library is still listed, so the 404 is retried."""
    bench.plex.faults.add(Fault("status", status=404, path="*/refresh", times=1))

    assert (await bench.scan(samples.add_episode(tv, "Westworld", 1, 2))).outcome is Outcome.ADDED


@pytest.mark.parametrize("change", ["removed", "replaced"])
async def test_change_is_complete_when_every_library_shows_it(
    fake_plex: FakePlex, tmp_path: Path, make_bench: MakeBench, change: str
) -> None:
    """A removal or a replacement is complete when every library shows it."""
    root = tmp_path / "tv"
    episode = samples.add_episode(root, "Dark", 1, 1)
    samples.add_episode(root, "Dark", 1, 2)
    for title in ("TV Shows", "Family"):
        fake_plex.add_library(title, "show", {str(root): root})
    fake_plex.seed()
    bench = await make_bench()
    lost = bench.plex.faults.add(Fault("lost_scan", path="/library/sections/2/refresh"))
    if change == "removed":
        episode.unlink()
    else:
        samples.put(episode, samples.LARGE)

    before = await bench.scan(episode)
    lost.remove()
    done = await bench.scan(episode)

    assert before.outcome in {Outcome.FAILED, Outcome.NOT_FOUND}
    folders = [request.path for request in bench.plex.stats.requests if request.matches("/library/sections/2/refresh")]
    assert len(folders) > 2
    assert done.outcome is (Outcome.REMOVED if change == "removed" else Outcome.UPDATED)
