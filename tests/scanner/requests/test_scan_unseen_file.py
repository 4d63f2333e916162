"""Requests for files that Home Assistant cannot see: the facts come from the caller or from Plex."""

from pathlib import Path

import pytest

from custom_components.plex_smart_scan.scanner.models import Outcome, Reason
from custom_components.plex_smart_scan.scanner.paths.mappings import PathMapping
from tests.fake_plex import Fault, samples
from tests.scanner.conftest import WAIT_LIMIT, Bench, MakeBench


class TestUnseen:
    """Home Assistant cannot see the files: the facts come from the caller or from Plex."""

    PATH = "/data/tv/Westworld/Season 01/Westworld - S01E01.mkv"

    async def test_reported_size_is_compared_with_plex(self, hidden_tv: Path, bench: Bench) -> None:
        """The size that a downloader reported is compared."""
        size = samples.SMALL.stat().st_size

        assert (await bench.scan(self.PATH, size=size)).outcome is Outcome.UP_TO_DATE
        assert bench.refreshed == []

    async def test_file_with_another_reported_size_is_scanned_and_updated(self, hidden_tv: Path, bench: Bench) -> None:
        """An upgrade with the same name."""
        samples.put(hidden_tv / "Westworld/Season 01/Westworld - S01E01.mkv", samples.LARGE)

        result = await bench.scan(self.PATH, size=samples.LARGE.stat().st_size)

        assert result.outcome is Outcome.UPDATED

    async def test_file_listed_with_another_size_ends_as_not_found(self, hidden_tv: Path, bench: Bench) -> None:
        """Plex lists another size than the caller knows, after every scan: it is not the file."""
        result = await bench.scan(self.PATH, size=12345)

        assert (result.outcome, result.reason) == (Outcome.NOT_FOUND, Reason.TIMEOUT)

    async def test_listed_file_of_unknown_size_is_scanned(self, hidden_tv: Path, bench: Bench) -> None:
        """Whether a listed file is the same is unknown: it is scanned."""
        result = await bench.scan(self.PATH)

        assert result.outcome is Outcome.UP_TO_DATE
        assert bench.refreshed == ["/data/tv/Westworld/Season 01"]

    async def test_lost_scan_of_a_listed_file_is_requested_again(self, hidden_tv: Path, bench: Bench) -> None:
        """Plex answered 200 and started nothing: the file may have changed, so it is scanned again."""
        bench.plex.faults.add(Fault("lost_scan", times=1))
        samples.put(hidden_tv / "Westworld/Season 01/Westworld - S01E01.mkv", samples.LARGE)

        result = await bench.scan(self.PATH)

        assert result.outcome is Outcome.UPDATED
        assert bench.refreshed == ["/data/tv/Westworld/Season 01"] * 2

    @pytest.mark.parametrize("websocket", [True, False], ids=["websocket", "polling"])
    async def test_unobserved_scan_of_a_listed_file_ends_as_scanned(
        self, hidden_tv: Path, make_bench: MakeBench, websocket: bool
    ) -> None:
        """Without an observed scan, the outcome is only that it was scanned."""
        bench = await make_bench(websocket=websocket)
        bench.plex.faults.add(Fault("lost_scan"))

        assert (await bench.scan(self.PATH)).outcome is Outcome.SCANNED

    async def test_lost_scans_without_a_look_up_end(self, hidden_tv: Path, make_bench: MakeBench) -> None:
        """The pauses between the scans count as time spent, although nothing is looked up."""
        bench = await make_bench(validation_timeout=0.5)
        bench.plex.faults.add(Fault("lost_scan"))

        result = await bench.scan(self.PATH, force=True, validate=False)

        assert result.outcome is Outcome.SCANNED
        assert len(bench.refreshed) > 1

    async def test_listed_file_that_plex_does_not_see_is_removed(self, hidden_tv: Path, bench: Bench) -> None:
        """`checkFiles=1` makes Plex check its own disk."""
        (hidden_tv / "Westworld/Season 01/Westworld - S01E01.mkv").unlink()
        samples.add_episode(hidden_tv, "Westworld", 1, 2)

        result = await bench.scan(self.PATH)

        assert result.outcome is Outcome.REMOVED
        assert bench.plex.part(self.PATH) is None


@pytest.mark.parametrize("validate", [True, False], ids=["validated", "not looked up"])
async def test_file_that_only_home_assistant_can_look_for_is_scanned_when_it_is_there(
    hidden_tv: Path, tmp_path: Path, make_bench: MakeBench, validate: bool
) -> None:
    """Plex does not show its disk, but Home Assistant sees that the reported file is not there: no scan can find it."""
    ours = tmp_path / "ours"
    samples.add_episode(ours, "Dark", 1, 1)
    row = PathMapping.of("/tv", "/data/tv", str(ours))
    bench = await make_bench(mappings=(row,), validation_timeout=WAIT_LIMIT)
    bench.plex.quirks.browse_refused = 403
    request = bench.request("/tv/Dark/Season 01/Dark - S01E02.mkv", force=True, validate=validate)
    (pending,) = await bench.engine.submit([request], durable=False)
    await bench.until(lambda: any(progress.waiting_reason is Reason.NOT_VISIBLE_YET for progress in pending.progresses))
    assert bench.refreshed == []
    for root in (ours, hidden_tv):
        samples.add_episode(root, "Dark", 1, 2)

    outcome = Outcome.ADDED if validate else Outcome.SCANNED
    assert (await bench.engine.wait(pending, WAIT_LIMIT)).outcome is outcome
    assert bench.refreshed == ["/data/tv/Dark/Season 01"]


async def test_file_that_home_assistant_does_not_see_in_time_is_not_scanned(
    hidden_tv: Path, tmp_path: Path, make_bench: MakeBench
) -> None:
    """Plex saw that it is not there, and no longer shows its disk when the time is over."""
    ours = tmp_path / "ours"
    for root in (ours, hidden_tv):
        samples.add_episode(root, "Dark", 1, 1)
    bench = await make_bench(mappings=(PathMapping.of("/tv", "/data/tv", str(ours)),), validation_timeout=WAIT_LIMIT)
    bench.plex.seed()
    (pending,) = await bench.engine.submit([bench.request("/tv/Dark/Season 01/Dark - S01E02.mkv")], durable=False)
    await bench.until(lambda: any(progress.waiting_reason is Reason.NOT_VISIBLE_YET for progress in pending.progresses))
    bench.plex.quirks.browse_refused = 403
    for progress in pending.progresses:
        progress.time_spent = 10 * WAIT_LIMIT

    result = await bench.engine.wait(pending, WAIT_LIMIT)

    assert (result.outcome, result.reason) == (Outcome.NOT_FOUND, Reason.TIMEOUT)
    assert bench.refreshed == []
