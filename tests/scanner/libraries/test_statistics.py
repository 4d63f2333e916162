"""The sizes of libraries: read with few requests, without delaying others."""

import asyncio
from pathlib import Path
from typing import override

from custom_components.plex_smart_scan.scanner.clock import SystemClock
from custom_components.plex_smart_scan.scanner.libraries.statistics import StatisticsReader
from custom_components.plex_smart_scan.scanner.models import Outcome
from custom_components.plex_smart_scan.scanner.plex.client import PlexClient
from tests.fake_plex import Fault, samples
from tests.scanner.builders import FrozenClock
from tests.scanner.conftest import Bench, MakeBench


def reader(bench: Bench) -> StatisticsReader:
    """Return a reader with the engine's own client."""
    return StatisticsReader(bench.engine.client, SystemClock())


async def test_all_statistics_are_read(tv: Path, bench: Bench) -> None:
    """Counts, duration, storage, and the last added item."""
    read = await reader(bench).read(bench.engine.registry.libraries)

    (library,) = read.values()
    assert library.counts == {"episode": 2, "show": 1, "season": 2}
    assert library.storage == 2 * samples.SMALL.stat().st_size
    assert library.duration
    assert library.last_added_title is not None
    assert "Westworld" in library.last_added_title


async def test_missing_total_size_is_unknown(tv: Path, bench: Bench) -> None:
    """A server that leaves `totalSize` out has not said that there is nothing."""
    bench.plex.quirks.total_size = False

    (library,) = (await reader(bench).read(bench.engine.registry.libraries)).values()

    assert library.counts == {}
    assert library.last_added_title is not None


async def test_timed_out_storage_is_missing(tv: Path, make_bench: MakeBench) -> None:
    """Duration and storage are missing then; everything else is read."""
    bench = await make_bench(timeout=0.2)
    bench.plex.faults.add(Fault("slow", path="/media/providers", seconds=1))

    (library,) = (await reader(bench).read(bench.engine.registry.libraries)).values()

    assert library.counts == {"episode": 2, "show": 1, "season": 2}
    assert (library.duration, library.storage) == (None, None)


async def test_look_ups_do_not_wait_for_the_storage(tv: Path, bench: Bench) -> None:
    """A look-up succeeds while Plex adds up its media."""
    adding_up = bench.plex.faults.add(Fault("slow", path="/media/providers"))
    reading = asyncio.create_task(reader(bench).read(bench.engine.registry.libraries))
    await bench.plex.wait_for_request("/media/providers")

    result = await bench.scan(tv / "Westworld/Season 01/Westworld - S01E01.mkv")

    assert result.outcome is Outcome.UP_TO_DATE
    assert not reading.done()
    adding_up.remove()
    await reading


class SlowGateway(PlexClient):
    """A client whose storage takes so many seconds of a frozen clock, and which counts its calls."""

    def __init__(self, clock: FrozenClock, seconds: float) -> None:
        """Begin without calls."""
        self.clock = clock
        self.seconds = seconds
        self.asked = 0

    @override
    async def storage(self) -> dict[int, tuple[int | None, int | None]]:
        """Return after a while."""
        self.asked += 1
        self.clock.now += self.seconds
        return {}


async def test_slow_storage_is_requested_rarely() -> None:
    """The pause is a hundred times as long as the request took; a fast one is always sent."""
    clock = FrozenClock()
    slow, quick = SlowGateway(clock, 10), SlowGateway(clock, 0.1)
    readers = [StatisticsReader(client, clock) for client in (slow, quick)]
    for pause in (0.0, 900.0, 101.0):
        clock.now += pause
        for each in readers:
            await each.read(())

    assert (slow.asked, quick.asked) == (2, 3)
