"""The options of a request and of the server: forced, without validation, without skipping, without smart scanning."""

from pathlib import Path

import pytest

from custom_components.plex_smart_scan.scanner.models import Outcome
from custom_components.plex_smart_scan.scanner.requests.decision.evidence import PlexVisibility
from tests.fake_plex import Fault, samples
from tests.scanner.conftest import Bench, MakeBench

from .conftest import AdjustableClock


async def test_forced_scan_that_changes_nothing_is_up_to_date(tv: Path, bench: Bench) -> None:
    """`force` scans, and reports what is true."""
    episode = tv / "Westworld/Season 01/Westworld - S01E01.mkv"

    result = await bench.scan(episode, force=True)

    assert result.outcome is Outcome.UP_TO_DATE
    assert bench.refreshed == [str(episode.parent)]


@pytest.mark.parametrize("websocket", [True, False], ids=["websocket", "polling"])
async def test_request_without_validation_ends_as_scanned(tv: Path, make_bench: MakeBench, websocket: bool) -> None:
    """`validate: false` claims nothing that was not checked."""
    bench = await make_bench(websocket=websocket)

    result = await bench.scan(samples.add_episode(tv, "Westworld", 1, 2), validate=False)

    assert result.outcome is Outcome.SCANNED
    assert result.items == ()


async def test_validate_of_the_request_overrides_the_option(tv: Path, make_bench: MakeBench) -> None:
    """The option is the default; the call overrides it."""
    bench = await make_bench(validate_media=False)

    assert (await bench.scan(samples.add_episode(tv, "Westworld", 1, 2))).outcome is Outcome.SCANNED
    assert (await bench.scan(samples.add_episode(tv, "Westworld", 1, 3), validate=True)).outcome is Outcome.ADDED


async def test_without_duplicate_detection_everything_is_scanned(tv: Path, make_bench: MakeBench) -> None:
    """With the option off, an up-to-date file is scanned."""
    bench = await make_bench(duplicate_detection=False)

    result = await bench.scan(tv / "Westworld/Season 01/Westworld - S01E01.mkv")

    assert result.outcome is Outcome.UP_TO_DATE
    assert len(bench.refreshed) == 1


async def test_without_smart_scanning_the_whole_library_is_scanned(tv: Path, make_bench: MakeBench) -> None:
    """With the option off, the whole library is scanned."""
    bench = await make_bench(smart_scanning=False)

    result = await bench.scan(samples.add_episode(tv, "Westworld", 1, 2))

    assert result.outcome is Outcome.ADDED
    assert bench.refreshed == [None]
    assert result.libraries[0].scanned == (str(tv),)


async def test_library_is_not_scanned_for_a_file_that_has_vanished(hidden_tv: Path, make_bench: MakeBench) -> None:
    """The question whether the library still exists can take long: after it, Plex must still see the file."""
    clock = AdjustableClock()
    bench = await make_bench(clock=clock, smart_scanning=False)
    episode = samples.add_episode(hidden_tv, "Westworld", 1, 2)
    fault = bench.plex.faults.add(Fault("slow", path="/library/sections"))
    path = "/data/tv/Westworld/Season 01/Westworld - S01E02.mkv"
    (pending,) = await bench.engine.submit([bench.request(path)], durable=False)
    await bench.until(lambda: fault.hits > 0)

    episode.unlink()
    clock.shift = 10.0
    fault.remove()

    await bench.until(lambda: any(each.visibility is PlexVisibility.NOT_VISIBLE for each in pending.progresses))
    assert bench.refreshed == []
