"""Control of phases by gates, and waiting for conditions, for tests."""

from tests.fake_plex.listing import Listings
from tests.fake_plex.scanning import Scanner
from tests.fake_plex.settling import Settler
from tests.fake_plex.stats import Stats
from tests.fake_plex.waiting import Watch
from tests.fake_plex.websocket import NotificationHub


class Steering:
    """The gates of a server, and waiting for its events."""

    scanner: Scanner
    settler: Settler
    listings: Listings
    hub: NotificationHub
    stats: Stats
    watch: Watch

    # Gates

    @property
    def held(self) -> list[str]:
        """The gates that are held."""
        gates = {
            "scans": self.scanner.start_gate,
            "walking": self.scanner.walk_gate,
            "listing": self.listings.gate,
            "settling": self.settler.gate,
            "analysis": self.settler.analysis_gate,
        }
        return [name for name, gate in gates.items() if gate.held]

    def hold_scans(self) -> None:
        """Keep scans waiting in the queue."""
        self.scanner.start_gate.hold()

    def release_scans(self) -> None:
        """Let scans begin."""
        self.scanner.start_gate.release()

    def hold_walking(self) -> None:
        """Keep scans that began from reading the disk."""
        self.scanner.walk_gate.hold()

    def release_walking(self) -> None:
        """Let scans read the disk."""
        self.scanner.walk_gate.release()

    def hold_listing(self) -> None:
        """Keep what scans find out of the lookups."""
        self.listings.gate.hold()

    def release_listing(self) -> None:
        """Let the lookups show what scans found."""
        self.listings.gate.release()

    def hold_settling(self) -> None:
        """Keep new rows unsettled, their activities running."""
        self.settler.gate.hold()

    def release_settling(self) -> None:
        """Let new rows settle."""
        self.settler.gate.release()

    def hold_analysis(self) -> None:
        """Keep files from being analysed: new items are listed without duration, with a mediaState "analyzing"."""
        self.settler.analysis_gate.hold()

    def release_analysis(self) -> None:
        """Let files be analysed."""
        self.settler.analysis_gate.release()

    # Waiting

    @property
    def websockets(self) -> int:
        """How many notification connections are open."""
        return len(self.hub.listeners)

    def close_websockets(self) -> None:
        """Close every notification connection properly; a fault cuts them instead."""
        self.hub.close_all()

    async def wait_websocket(self, count: int = 1) -> None:
        """Wait until so many notification connections are open."""
        await self.watch.until(lambda: self.websockets >= count)

    async def wait_no_websocket(self) -> None:
        """Wait until no notification connection is open."""
        await self.watch.until(lambda: self.websockets == 0)

    async def wait_for_request(self, path: str, count: int = 1, method: str | None = None) -> None:
        """Wait until so many requests for a path pattern came in, counted since the last reset."""
        await self.watch.until(lambda: self.stats.count(path, method) >= count)

    async def wait_scan_started(self, count: int = 1) -> None:
        """Wait until so many scans were taken from the queue, counted since the last reset."""
        await self.watch.until(lambda: len(self.stats.scans) >= count)

    async def wait_scans_done(self, count: int = 1) -> None:
        """Wait until so many scans are over, counted since the last reset."""
        await self.watch.until(
            lambda: (
                sum(scan.outcome != "running" for scan in self.stats.scans) >= count and self.scanner.running is None
            )
        )

    async def wait_queued(self, count: int = 1) -> None:
        """Wait until so many scans wait in the queue."""
        await self.watch.until(lambda: len(self.scanner.waiting) >= count)

    async def wait_idle(self) -> None:
        """Wait until nothing waits, runs, settles or is still to be listed."""
        await self.watch.until(lambda: self.scanner.idle and self.settler.idle and self.listings.idle)

    async def wait_listed(self, path: str, size: int | None = None) -> float:
        """Wait until the lookups show a file, with this size if given, since the last reset; returns when it began.

        The time is `time.monotonic()`'s, which processes of one machine share. Files of the initial state do not count.
        """
        await self.watch.until(lambda: self.listed_at(path, size) is not None)
        listed_at = self.listed_at(path, size)
        assert listed_at is not None
        return listed_at

    def listed_at(self, path: str, size: int | None = None) -> float | None:
        """Return when the lookups first showed a file, with this size if given; None when not since the last reset."""
        found = (each for each in self.stats.listings if each.path == path and size in {None, each.size})
        return next((each.at for each in found), None)
