"""A scan that waited in the queue: what Plex sees is checked again, by the same rules as before it was queued."""

import base64
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import override

import pytest

from custom_components.plex_smart_scan.scanner.models import Outcome, Reason, ScanResult
from tests.fake_plex import Fault, samples
from tests.scanner.conftest import QUICK, WAIT_LIMIT, Bench, MakeBench

EPISODE = Path("Fargo/Season 01/Fargo - S01E01.mkv")
BROWSE = "/services/browse*"
LOOKUP = "/library/sections/*/all"

pytestmark = pytest.mark.usefixtures("hidden_tv")

NOT_VISIBLE = (Outcome.NOT_FOUND, Reason.NOT_VISIBLE_TO_PLEX, 0)
ADDED = (Outcome.ADDED, None, 1)


@pytest.fixture
async def bench(make_bench: MakeBench) -> Bench:
    """Return an engine whose server is scanning another folder of the library, until `after_change` ends that."""
    bench = await make_bench(timing=replace(QUICK, view_max_age=0.0), validation_timeout=0.5)
    bench.plex.hold_walking()
    bench.plex.scanner.request(bench.plex.libraries[0], "/data/tv/Westworld", force=False, now=bench.plex.clock())
    await bench.plex.wait_scan_started()
    await bench.until(lambda: bool(bench.engine.websocket.scanned_sections))
    return bench


async def after_change(bench: Bench, change: Callable[[], object], *, force: bool) -> ScanResult:
    """Queue the scan of an episode, change something, let the library become idle and return the result."""
    request = bench.request(f"/data/tv/{EPISODE.as_posix()}", force=force)
    (pending,) = await bench.engine.submit([request], durable=False)
    await bench.until(lambda: len(bench.engine.runner) == 1)
    change()
    bench.plex.release_walking()
    return await bench.engine.wait(pending, WAIT_LIMIT)


def summary(result: ScanResult) -> tuple[Outcome, Reason | None, int]:
    """Return the relevant parts of a result."""
    return result.outcome, result.reason, result.attempts


@pytest.mark.parametrize("force", [True, False])
@pytest.mark.parametrize("status", [403, 404, 500])
async def test_file_found_missing_after_a_refused_query_is_not_scanned(
    bench: Bench, status: int, *, force: bool
) -> None:
    """Plex refused to say what it sees when the scan was queued; now it says that the file is not there."""
    bench.plex.quirks.browse_refused = status

    result = await after_change(bench, lambda: setattr(bench.plex.quirks, "browse_refused", 0), force=force)

    assert summary(result) == NOT_VISIBLE
    assert bench.refreshed == []


@pytest.mark.parametrize("force", [True, False])
async def test_file_found_visible_after_a_refused_query_is_scanned_once(
    bench: Bench, hidden_tv: Path, *, force: bool
) -> None:
    """An answer that confirms what was assumed costs no further scan."""
    samples.put(hidden_tv / EPISODE)
    bench.plex.quirks.browse_refused = 403

    result = await after_change(bench, lambda: setattr(bench.plex.quirks, "browse_refused", 0), force=force)

    assert summary(result) == ADDED
    assert bench.refreshed == [f"/data/tv/{EPISODE.parent.as_posix()}"]


@pytest.mark.parametrize("force", [True, False])
async def test_refused_query_after_a_visible_file_keeps_the_scan(bench: Bench, hidden_tv: Path, *, force: bool) -> None:
    """A server that no longer says what it sees is no reason to give up the scan of the narrowest folder."""
    samples.put(hidden_tv / EPISODE)

    result = await after_change(bench, lambda: setattr(bench.plex.quirks, "browse_refused", 403), force=force)

    assert summary(result) == ADDED
    assert bench.refreshed == [f"/data/tv/{EPISODE.parent.as_posix()}"]


@pytest.mark.parametrize("force", [True, False])
async def test_file_removed_while_its_scan_is_queued_is_not_scanned(
    bench: Bench, hidden_tv: Path, *, force: bool
) -> None:
    """A file that has disappeared in the meantime is not scanned."""
    path = samples.put(hidden_tv / EPISODE)

    result = await after_change(bench, path.unlink, force=force)

    assert summary(result) == NOT_VISIBLE
    assert bench.refreshed == []


class TwoOfThree(Fault):
    """A fault of two requests in a row, but not of the third."""

    @override
    def is_due(self) -> bool:
        """Count a matching request, and return whether it is affected."""
        self.matched += 1
        return self.matched % 3 != 0


@pytest.mark.parametrize("force", [True, False])
async def test_alternating_answers_and_refusals_do_not_loop(bench: Bench, *, force: bool) -> None:
    """A server that refuses to show a folder every other time does not make the request repeat without end."""
    refusals = bench.plex.faults.add(TwoOfThree("status", status=403, path=BROWSE))

    result = await after_change(bench, lambda: None, force=force)

    assert result.outcome is Outcome.NOT_FOUND
    assert refusals.hits > 0
    assert len([request for request in bench.plex.stats.requests if request.matches(BROWSE)]) < 60


async def test_file_removed_during_the_look_up_is_not_scanned(bench: Bench, hidden_tv: Path) -> None:
    """The look-up before the scan can be slow, so the visibility is checked after it."""
    path = samples.put(hidden_tv / EPISODE)
    (pending,) = await bench.engine.submit([bench.request(f"/data/tv/{EPISODE.as_posix()}")], durable=False)
    await bench.until(lambda: len(bench.engine.runner) == 1)
    slow = bench.plex.faults.add(Fault("slow", path=LOOKUP))
    bench.plex.release_walking()
    await bench.until(lambda: slow.hits > 0)
    path.unlink()
    slow.remove()

    assert summary(await bench.engine.wait(pending, WAIT_LIMIT)) == NOT_VISIBLE
    assert bench.refreshed == []


@pytest.mark.parametrize("force", [True, False])
async def test_file_removed_while_the_mount_is_checked_is_not_scanned(
    hidden_tv: Path, make_bench: MakeBench, *, force: bool
) -> None:
    """The check of the mount can take long, for example during an outage: then the path is checked again."""
    bench = await make_bench(timing=replace(QUICK, view_max_age=0.0, mount_max_age=0.0), validation_timeout=0.5)
    path = samples.put(hidden_tv / EPISODE)
    mount = f"/services/browse/{base64.b64encode(b'/data/tv/Westworld').decode()}"
    request = bench.request(f"/data/tv/{EPISODE.as_posix()}", force=force)
    bench.plex.hold_walking()
    bench.plex.scanner.request(bench.plex.libraries[0], "/data/tv/Westworld", force=False, now=bench.plex.clock())
    await bench.plex.wait_scan_started()
    await bench.until(lambda: bool(bench.engine.websocket.scanned_sections))
    (pending,) = await bench.engine.submit([request], durable=False)
    await bench.until(lambda: len(bench.engine.runner) == 1)
    slow, checks = bench.plex.faults.add(Fault("slow", path=mount)), bench.plex.stats.count(mount)
    bench.plex.release_walking()
    await bench.until(lambda: bench.plex.stats.count(mount) > checks)

    path.unlink()
    slow.remove()

    assert summary(await bench.engine.wait(pending, WAIT_LIMIT)) == NOT_VISIBLE
    assert bench.refreshed == []
