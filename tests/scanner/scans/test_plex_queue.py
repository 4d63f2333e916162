"""Scans that wait in Plex's own queue, behind the scan of another library."""

from pathlib import Path

from custom_components.plex_smart_scan.scanner.models import Outcome
from tests.fake_plex import FakePlex, samples
from tests.scanner.conftest import WAIT_LIMIT, MakeBench

from .test_monitor import activity, start_foreign_scan


async def test_queued_scan_is_not_lost_while_plex_is_between_two_scans(
    tv: Path, fake_plex: FakePlex, tmp_path: Path, make_bench: MakeBench
) -> None:
    """The event about the end of the scan before it has arrived, and that about the start of the next one has not."""
    root = tmp_path / "m"
    fake_plex.add_library("Movies", "movie", {str(root): root})
    samples.put(root / "Begin (2000)" / "Begin (2000).mkv")
    fake_plex.seed()
    bench = await make_bench()
    await start_foreign_scan(bench.plex)
    await bench.until(lambda: bool(bench.engine.websocket.scanned_sections))
    new = samples.put(root / "New (2001)" / "New (2001).mkv")
    (pending,) = await bench.engine.submit([bench.request(new)], durable=False)
    await bench.until(lambda: bench.engine.runner.requested == 1)
    (uuid,) = bench.engine.websocket._scans
    asked = bench.plex.stats.count("/activities")
    await bench.plex.send_notification(activity("ended", section="1", uuid=uuid))
    await bench.until(lambda: len(bench.refreshed) > 1 or bench.plex.stats.count("/activities") > asked)
    bench.plex.release_walking()

    assert (await bench.engine.wait(pending, WAIT_LIMIT)).outcome is Outcome.ADDED
    assert bench.refreshed == [str(new.parent)]
