"""Activities that do not name their library, or name it late, while scans of several libraries have been requested."""

from pathlib import Path

import pytest

from custom_components.plex_smart_scan.scanner.models import Outcome
from custom_components.plex_smart_scan.scanner.plex import events
from custom_components.plex_smart_scan.scanner.plex.events import ActivityEvent
from custom_components.plex_smart_scan.scanner.scans.monitor import ScanMonitor, ScanMonitors
from tests.fake_plex import FakePlex, Fault, samples
from tests.scanner.conftest import WAIT_LIMIT, MakeBench

SHOWS, MOVIES, OTHER = 1, 2, 3


def requested(*sections: int) -> list[ScanMonitor]:
    """Return monitors whose scans were requested one after the other, before any has started."""
    monitors = ScanMonitors()
    found = [ScanMonitor(section, monitors) for section in sections]
    for monitor in found:
        monitor.reset()
    return found


def happens(monitors: list[ScanMonitor], event: str, uuid: str, section: int | None = None) -> None:
    """Have all monitors handle an event of a scan."""
    for monitor in monitors:
        monitor.handle(ActivityEvent(event=event, uuid=uuid, type=events.SCAN, section=section))


def states(monitors: list[ScanMonitor]) -> list[str]:
    """Return what each monitor has observed."""
    return [
        "lost" if not each.started.is_set() else ("ended" if each.ended.is_set() else "started") for each in monitors
    ]


@pytest.mark.parametrize("sections", [(SHOWS, MOVIES), (MOVIES, SHOWS), (SHOWS, MOVIES, SHOWS), (SHOWS, SHOWS, MOVIES)])
def test_unnamed_activity_may_be_the_scan_of_another_library(sections: tuple[int, ...]) -> None:
    """The first activity can be any of the scans, until all of them have run."""
    monitors = requested(*sections)

    for number in range(len(sections)):
        assert not monitors[0].is_certain or not number
        happens(monitors, "started", f"activity {number}")
        assert not monitors[0].is_certain
        happens(monitors, "ended", f"activity {number}")

    assert states(monitors) == ["ended"] * len(sections)
    assert all(each.is_certain for each in monitors)


@pytest.mark.parametrize("event", ["updated", "ended"])
def test_activity_that_turns_out_to_be_of_another_library_makes_no_scan_certain(event: str) -> None:
    """The first scan was lost. The second one ran, and an activity that seemed to be it was that of a third one."""
    certain: list[ScanMonitor] = []
    monitors = requested(SHOWS, SHOWS, MOVIES)
    monitors[0].when_certain(lambda: certain.append(monitors[0]))
    happens(monitors, "started", "a", SHOWS)
    happens(monitors, "ended", "a", SHOWS)
    happens(monitors, "started", "b")

    happens(monitors, event, "b", MOVIES)
    happens(monitors, "ended", "b", MOVIES)

    assert certain == []
    assert states(monitors) == ["ended", "lost", "ended"]


def test_unnamed_activity_is_left_to_a_scan_that_has_not_started() -> None:
    """A scan that has started does not claim the activity of another library's scan."""
    shows, movies = monitors = requested(SHOWS, MOVIES)
    happens(monitors, "started", "a")
    happens(monitors, "started", "b")

    happens(monitors, "ended", "b")

    assert states([shows, movies]) == ["started", "ended"]


def test_scan_is_certain_once_its_activity_names_its_library() -> None:
    """The scan of another library is no rival any more."""
    certain: list[ScanMonitor] = []
    shows, movies = monitors = requested(SHOWS, MOVIES)
    shows.when_certain(lambda: certain.append(shows))
    happens(monitors, "started", "a")
    assert certain == []

    happens(monitors, "updated", "a", SHOWS)

    assert shows.is_certain
    assert certain == [shows]
    assert states([shows, movies]) == ["started", "lost"]


def test_rivals_of_the_same_library_remain_when_an_activity_names_it() -> None:
    """The activity can be the other scan of the library."""
    monitors = requested(SHOWS, MOVIES, SHOWS)
    happens(monitors, "started", "a")

    happens(monitors, "updated", "a", SHOWS)

    assert not monitors[0].is_certain
    assert monitors[0].rivals == {monitors[2]}


@pytest.mark.parametrize("sections", [(SHOWS, MOVIES), (MOVIES, SHOWS)])
@pytest.mark.parametrize("event", ["updated", "ended"])
def test_activity_is_handed_over_when_it_names_another_library(sections: tuple[int, int], event: str) -> None:
    """The scan that seemed to have started was lost: the activity was that of the other library."""
    lost, ran = monitors = requested(*sections)
    happens(monitors, "started", "a")

    happens(monitors, event, "a", ran.section)
    happens(monitors, "ended", "a", ran.section)

    assert states([lost, ran]) == ["lost", "ended"]
    assert ran.is_certain


@pytest.mark.parametrize("event", ["updated", "ended"])
def test_activities_are_exchanged_when_they_name_their_libraries(event: str) -> None:
    """Plex can start scans in another order than they were requested."""
    monitors = requested(SHOWS, MOVIES)
    happens(monitors, "started", "a")
    happens(monitors, "started", "b")

    happens(monitors, event, "a", MOVIES)
    assert states(monitors) == ["lost", "started" if event == "updated" else "ended"]
    happens(monitors, "updated", "b", SHOWS)
    assert states(monitors)[0] == "started"
    happens(monitors, "ended", "b", SHOWS)
    happens(monitors, "ended", "a", MOVIES)

    assert states(monitors) == ["ended", "ended"]


@pytest.mark.parametrize("order", [(1, 2), (2, 1)])
def test_no_monitor_stays_uncertain_when_all_scans_are_over(order: tuple[int, int]) -> None:
    """A lost scan makes others uncertain for ever; these are not kept."""
    collection = ScanMonitors()
    monitors = [ScanMonitor(section, collection) for section in (SHOWS, SHOWS, MOVIES)]
    for each in monitors:
        each.reset()
    happens(monitors, "started", "a")
    happens(monitors, "ended", "a")
    happens(monitors, "started", "b")

    for index in (0, *order):
        monitors[index].release()

    assert collection == ScanMonitors()
    assert not monitors[0].is_certain


def test_scan_that_started_before_the_request_is_not_the_requested_one() -> None:
    """Its end says nothing, whichever library it names."""
    monitors = requested(SHOWS, MOVIES)

    happens(monitors, "ended", "earlier", MOVIES)

    assert states(monitors) == ["lost", "lost"]


def test_activity_of_a_library_without_requests_is_released() -> None:
    """It was claimed until it named its library."""
    monitors = requested(SHOWS, MOVIES)
    happens(monitors, "started", "a")

    happens(monitors, "updated", "a", OTHER)

    assert states(monitors) == ["lost", "lost"]


async def test_lost_scan_is_not_mistaken_for_the_scan_of_another_library(
    fake_plex: FakePlex, tv: Path, movies: Path, make_bench: MakeBench
) -> None:
    """No activity names its library. The scan of the show was lost: it is repeated, not widened."""
    fake_plex.quirks.context_never = True
    bench = await make_bench()
    bench.plex.faults.add(Fault("lost_scan", path="/library/sections/*/refresh", times=1))
    episode, movie = samples.add_episode(tv, "Dark", 1, 1), samples.add_movie(movies, "Tenet (2020)")

    results = await bench.scan_all([episode, movie])

    assert [result.outcome for result in results] == [Outcome.ADDED] * 2
    assert set(bench.refreshed) == {str(episode.parent), str(movie.parent)}


@pytest.mark.parametrize("context_never", [True, False], ids=["library unknown", "library named"])
async def test_poll_that_shows_another_library_proves_nothing(
    fake_plex: FakePlex, tv: Path, movies: Path, make_bench: MakeBench, context_never: bool
) -> None:
    """Without a websocket: the scan of the show was lost, and a poll shows that of the movie."""
    fake_plex.quirks.context_never = context_never
    bench = await make_bench(websocket=False)
    bench.plex.faults.add(Fault("lost_scan", path="/library/sections/*/refresh", times=1))
    bench.plex.hold_walking()
    episode, movie = samples.add_episode(tv, "Dark", 1, 1), samples.add_movie(movies, "Tenet (2020)")
    (of_episode,) = await bench.engine.submit([bench.request(episode)], durable=False)
    await bench.until(lambda: bench.engine.runner.requested == 1)
    (of_movie,) = await bench.engine.submit([bench.request(movie)], durable=False)
    await bench.plex.wait_scan_started()
    polls = bench.plex.stats.count("/activities")
    await bench.until(lambda: bench.plex.stats.count("/activities") >= polls + 3)
    bench.plex.release_walking()

    assert (await bench.engine.wait(of_movie, WAIT_LIMIT)).outcome is Outcome.ADDED
    assert (await bench.engine.wait(of_episode, WAIT_LIMIT)).outcome is Outcome.ADDED
    assert set(bench.refreshed) == {str(episode.parent), str(movie.parent)}
