"""Results are not reported too early, and no option of a merged request is lost."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any, override

import pytest

from custom_components.plex_smart_scan.scanner.models import Outcome, Reason, ScanRequest, ScanResult
from custom_components.plex_smart_scan.scanner.requests.pending import merge_requests
from tests.fake_plex import Fault, samples
from tests.scanner.conftest import QUICK, WAIT_LIMIT, Bench, MakeBench
from tests.scanner.steady_clock import SteadyClock

WISHES: list[tuple[dict[str, Any], dict[str, Any], dict[str, Any]]] = [
    ({"force": True}, {}, {"force": True}),
    ({}, {"force": True}, {"force": True}),
    ({"validate": True}, {"validate": False}, {"validate": True}),
    ({"validate": False}, {"validate": None}, {"validate": None}),
    ({"size": 5, "accepted_at": 1.0}, {"accepted_at": 3.0}, {"size": 5}),
    ({"size": 5, "accepted_at": 1.0}, {"accepted_at": 3.1}, {"size": None}),
    ({"size": 5}, {"size": 6}, {"size": 6}),
    ({"gone": True}, {"gone": False}, {"gone": False, "contradicted": True}),
    ({"accepted_at": 1.0}, {"accepted_at": 2.0}, {"accepted_at": 1.0}),
]


@pytest.mark.parametrize(("old", "new", "merged"), WISHES)
def test_merged_request_keeps_the_stronger_option(
    old: dict[str, Any], new: dict[str, Any], merged: dict[str, Any]
) -> None:
    """The stronger value of each field is kept; an older size only if the newer report is about the same file."""
    found = merge_requests(ScanRequest(path="/tv/x.mkv", **old), ScanRequest(path="/tv/x.mkv", **new), 2.0)

    assert {name: getattr(found, name) for name in merged} == merged


async def test_force_of_a_pending_request_is_kept_when_merged(tv: Path, bench: Bench) -> None:
    """A webhook for the same file arrives before it is scanned: it is scanned although Plex has the file."""
    known = tv / "Westworld/Season 01/Westworld - S01E01.mkv"
    held = bench.plex.faults.add(Fault("slow", path="/library/sections/*/all"))
    (forced,) = await bench.engine.submit([bench.request(known, force=True)], durable=True)
    (reported,) = await bench.engine.submit([bench.request(known)], durable=True)
    await bench.until(lambda: len(bench.disk.rows) == 1)
    assert bench.disk.rows[0]["force"] is True
    held.remove()

    results = [await bench.engine.wait(each, WAIT_LIMIT) for each in (forced, reported)]

    assert bench.refreshed == [str(known.parent)]
    assert [result.outcome for result in results] == [Outcome.UP_TO_DATE] * 2


async def test_options_of_merged_requests_survive_a_crash(tv: Path, make_bench: MakeBench, tmp_path: Path) -> None:
    """Two requests join a stored one at the same moment: the journal contains the options of all three."""
    bench = await make_bench()
    known = tv / "Westworld/Season 01/Westworld - S01E01.mkv"
    bench.plex.faults.add(Fault("slow", path="/library/sections/*/all"))
    await bench.engine.submit([bench.request(known)], durable=True)
    forced, sized = bench.request(known, force=True), bench.request(known, size=5)
    await asyncio.gather(*(bench.engine.submit([each], durable=True) for each in (forced, sized)))
    await bench.until(lambda: len(bench.disk.rows) == 1)
    assert (bench.disk.rows[0]["force"], bench.disk.rows[0]["size"]) == (True, 5)
    left = bench.disk.copy(tmp_path / "left.db")
    await bench.engine.stop()
    bench.plex.faults.clear()

    again = await make_bench(disk=left)
    await again.until_done()

    assert again.refreshed == [str(known.parent)]
    assert again.engine.pending == 0


@pytest.mark.parametrize("delay", [0.0, 0.05, 0.2])
async def test_replaced_unseen_file_is_not_reported_as_unchanged(
    hidden_tv: Path, make_bench: MakeBench, delay: float
) -> None:
    """Plex shows the new size a moment after its scan has ended: until then nothing says that it is unchanged."""
    bench = await make_bench()
    bench.plex.quirks.listing_delay = delay
    samples.put(hidden_tv / "Westworld/Season 01/Westworld - S01E01.mkv", samples.LARGE)

    result = await bench.scan("/data/tv/Westworld/Season 01/Westworld - S01E01.mkv")

    assert result.outcome is Outcome.UPDATED


class JumpingClock(SteadyClock):
    """A clock that can be put forward."""

    ahead = 0.0

    @override
    def monotonic(self) -> float:
        """Return the time."""
        return super().monotonic() + self.ahead


class TestSlowConfirmation:
    """Before a failure is reported, the libraries are read again. Here, this takes long the first time."""

    @pytest.fixture
    def clock(self) -> JumpingClock:
        """Return the clock of the engine."""
        return JumpingClock()

    @pytest.fixture
    async def bench(self, make_bench: MakeBench, hidden_tv: Path, clock: JumpingClock) -> Bench:
        """Return an engine with this clock, whose requests for a file that Plex does not see soon end."""
        return await make_bench(clock=clock, validation_timeout=1.0)

    async def fail_slowly(
        self, bench: Bench, clock: JumpingClock, name: str, meanwhile: Callable[[], object]
    ) -> ScanResult:
        """Return the result of a request, after something has happened while its failure was confirmed."""
        slow = bench.plex.faults.add(Fault("slow", path="/library/sections", times=1))
        request = bench.request(f"/data/tv/Westworld/Season 01/{name}")
        (pending,) = await bench.engine.submit([request], durable=False)
        await bench.until(lambda: slow.hits > 0)
        meanwhile()
        await bench.plex.wait_idle()
        clock.ahead = 2 * QUICK.late_listing
        slow.remove()
        return await bench.engine.wait(pending, WAIT_LIMIT)

    async def test_ignored_file_is_not_scanned_again(self, hidden_tv: Path, bench: Bench, clock: JumpingClock) -> None:
        """The server has lost no scan, so another one would find nothing else."""
        ignored = samples.put(hidden_tv / "Westworld" / "Season 01" / "Westworld.mkv")
        ignored.with_name(".plexignore").write_text(ignored.name)

        result = await self.fail_slowly(bench, clock, ignored.name, lambda: None)

        assert (result.outcome, result.reason) == (Outcome.NOT_FOUND, Reason.IGNORED_BY_PLEX)
        assert bench.refreshed == ["/data/tv/Westworld/Season 01"]

    async def test_file_that_is_listed_meanwhile_is_added(
        self, hidden_tv: Path, bench: Bench, clock: JumpingClock
    ) -> None:
        """The path is looked up again before the failure is reported."""
        bench.plex.hold_listing()
        episode = samples.add_episode(hidden_tv, "Westworld", 1, 2)

        result = await self.fail_slowly(bench, clock, episode.name, bench.plex.release_listing)

        assert result.outcome is Outcome.ADDED
        assert bench.refreshed == ["/data/tv/Westworld/Season 01"]

    async def test_file_that_appears_meanwhile_is_scanned(
        self, hidden_tv: Path, bench: Bench, clock: JumpingClock
    ) -> None:
        """Plex is asked again what it sees before the failure is reported."""
        name = "Westworld - S01E02.mkv"

        result = await self.fail_slowly(bench, clock, name, lambda: samples.add_episode(hidden_tv, "Westworld", 1, 2))

        assert result.outcome is Outcome.ADDED
        assert bench.refreshed == ["/data/tv/Westworld/Season 01"]
