"""Random histories: files, mounts, lost scans and late listings change, and every law holds all the time."""

import asyncio
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from typing import Any, Final

import pytest

from custom_components.plex_smart_scan.scanner.models import Outcome, ScanResult
from custom_components.plex_smart_scan.scanner.scans.scan_job import ScanJob
from tests.fake_plex import FakePlex, Fault, samples
from tests.scanner.conftest import QUICK, WAIT_LIMIT, Bench, MakeBench

HISTORIES: Final = 6
EVENTS: Final = 20
SHOWS: Final = 3
PRESENT: Final = {Outcome.ADDED, Outcome.UPDATED, Outcome.UP_TO_DATE}
ABSENT: Final = {Outcome.REMOVED, Outcome.UP_TO_DATE, Outcome.NOT_FOUND}


@dataclass
class History:
    """A television library with random events, and the scans that must not have been requested."""

    bench: Bench
    root: Path
    random: Random
    is_unmounted: bool = False
    reported: set[Path] = field(default_factory=set)
    created: set[Path] = field(default_factory=set)
    deleted: set[Path] = field(default_factory=set)
    forbidden: list[str] = field(default_factory=list)
    requests: set[object] = field(default_factory=set)
    """The scans that the engine checks or requests at the moment."""

    @property
    def plex(self) -> FakePlex:
        """The server."""
        return self.bench.plex

    def watch_scans(self) -> None:
        """Check the disk whenever a scan is requested; folders only disappear with the whole mount."""
        scanner = self.plex.scanner
        request = scanner.request

        def watched(library: Any, path: str | None, **fields: Any) -> None:
            if self.is_unmounted:
                self.forbidden.append(f"{path}: the disk is missing")
            elif not scanner.start_gate.held and path is not None and not Path(path).is_dir():
                self.forbidden.append(f"{path}: no such folder")
            request(library, path, **fields)

        scanner.request = watched  # type: ignore[method-assign]

    def watch_requests(self) -> None:
        """Note from when until when the engine checks a scan and requests it."""
        runner = self.bench.engine.runner
        start = runner._start

        async def watched(job: ScanJob) -> None:
            self.requests.add(job)
            try:
                await start(job)
            finally:
                self.requests.discard(job)

        runner._start = watched  # type: ignore[method-assign]

    def episode(self) -> Path:
        """Return the path of an episode that may or may not exist."""
        show, season = f"Show {self.random.randint(1, SHOWS)}", self.random.randint(1, 2)
        number = self.random.randint(1, 4)
        return self.root / show / f"Season {season:02}" / f"{show} - S{season:02}E{number:02}.mkv"

    async def add_or_replace(self) -> None:
        """Import a file, and report it."""
        if not self.is_unmounted:
            path = samples.put(self.episode(), self.random.choice([samples.SMALL, samples.LARGE]))
            self.created.add(path)
            await self.report(path)

    async def remove(self) -> None:
        """Delete a file, and report it."""
        path = self.episode()
        if not self.is_unmounted and path.exists():
            path.unlink()
            self.deleted.add(path)
            await self.report(path, gone=True)

    async def report_anything(self) -> None:
        """Report an episode, whether the report is true or not."""
        await self.report(self.episode(), gone=self.random.random() < 0.3, force=self.random.random() < 0.2)

    async def report_season(self) -> None:
        """Report the folder of a season."""
        await self.report(self.episode().parent)

    async def report(self, path: Path, **fields: bool) -> None:
        """Submit a request."""
        self.reported.add(path)
        await self.bench.engine.submit([self.bench.request(path, **fields)], durable=False)

    async def drop_mount(self) -> None:
        """Unmount the disk, with or without its mount point. Scans that have not started are lost."""
        if self.is_unmounted:
            return
        self.plex.hold_scans()
        await self.bench.until(lambda: self.plex.scanner.running is None)
        self.plex.unmount(str(self.root), missing=self.random.random() < 0.3)
        checked_before = set(self.requests)
        await self.bench.until(lambda: not checked_before & self.requests)
        self.plex.scanner.waiting.clear()
        self.is_unmounted = True
        self.plex.release_scans()

    async def bring_mount_back(self) -> None:
        """Mount the disk again."""
        if self.is_unmounted:
            self.is_unmounted = False
            self.plex.mount(str(self.root))

    async def lose_a_scan(self) -> None:
        """Answer the next scan with 200 without running it."""
        self.plex.faults.add(Fault("lost_scan", times=1))

    async def list_late(self) -> None:
        """Make Plex list what it reads later, or at once again."""
        self.plex.quirks.listing_delay = self.random.choice([0.0, 0.05, 0.15])

    async def wait(self) -> None:
        """Let some time pass."""
        await asyncio.sleep(self.random.choice([0.0, 0.01, 0.05, 0.2]))

    async def random_event(self) -> None:
        """Let one random event happen."""
        events = {
            self.add_or_replace: 6,
            self.wait: 5,
            self.remove: 3,
            self.report_anything: 2,
            self.bring_mount_back: 2,
            self.lose_a_scan: 1,
            self.list_late: 1,
            self.drop_mount: 1,
            self.report_season: 1,
        }
        (event,) = self.random.choices(list(events), list(events.values()))
        await event()

    async def recover(self) -> None:
        """End all faults, and wait until every request has ended."""
        await self.bring_mount_back()
        self.plex.quirks.listing_delay = 0.0
        self.plex.faults.clear()
        await self.bench.until_done()
        await self.plex.wait_idle()

    def is_correct(self, result: ScanResult) -> bool:
        """Return whether a result can be correct after all events."""
        path = Path(result.request.path)
        listed = self.plex.listed_at(str(path)) is not None
        if path.suffix and path not in self.created and result.attempts:
            return False  # Plex never saw it
        if path.suffix and result.outcome in {Outcome.ADDED, Outcome.UPDATED}:
            return listed
        if path.suffix and result.outcome is Outcome.REMOVED:
            return path in self.deleted
        return result.outcome is not Outcome.FAILED


def summary(result: ScanResult) -> tuple[object, ...]:
    """Return the relevant parts of a result."""
    return result.request.path, result.request.gone, result.outcome, result.reason, result.attempts


def size_of(path: Path) -> int | None:
    """Return the size on disk; None if there is no file."""
    return path.stat().st_size if path.exists() else None


def listed_size(plex: FakePlex, path: Path) -> int | None:
    """Return the size that Plex lists for a path; None if it lists none, or one in the trash."""
    part = plex.part(str(path))
    return None if part is None or part.deleted_at else part.size


@pytest.mark.parametrize("seed", range(HISTORIES))
async def test_every_law_holds_in_a_random_history(tv: Path, make_bench: MakeBench, seed: int) -> None:
    """No scan of what does not exist, nothing lost or removed wrongly, and every request ends with a correct result."""
    random = Random(seed)
    untouched = samples.add_episode(tv, "Dark", 1, 1)
    timing = replace(QUICK, view_max_age=0.0, mount_max_age=0.0, location_scan_interval=WAIT_LIMIT)
    bench = await make_bench(websocket=random.random() < 0.7, timing=timing, validation_timeout=5.0)
    bench.plex.prefs["autoEmptyTrash"] = True
    await bench.scan(untouched)
    bench.results.clear()
    kept = bench.plex.part(str(untouched))
    history = History(bench, tv, random)
    history.watch_scans()
    history.watch_requests()

    for _ in range(EVENTS):
        await history.random_event()
    await history.recover()

    assert history.forbidden == []
    assert bench.plex.part(str(untouched)) is kept, "this file was never changed"
    assert sum(path in {None, str(tv)} for path in bench.refreshed) <= 1, "one scan of the location in the window"
    files = {path for path in history.reported if path.suffix}
    assert [path for path in files if listed_size(bench.plex, path) != size_of(path)] == []
    assert [summary(result) for result in bench.results if not history.is_correct(result)] == []
    last = dict(zip(ordered := sorted(files), await bench.scan_all(ordered), strict=True))
    assert [summary(r) for path, r in last.items() if r.outcome not in (PRESENT if path.exists() else ABSENT)] == []
