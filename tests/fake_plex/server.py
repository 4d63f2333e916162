"""The fake server itself, which connects its parts."""

from collections.abc import Callable, Iterable, Mapping
import os
from pathlib import Path
from ssl import SSLContext
import time
from typing import Any

from aiohttp import web

from tests.fake_plex import samples
from tests.fake_plex.activities import Activities
from tests.fake_plex.analysis import analyse, refresh
from tests.fake_plex.attachments import add_optimized
from tests.fake_plex.auth import Role, TokenAuthority
from tests.fake_plex.control import Control
from tests.fake_plex.database import Database
from tests.fake_plex.faults import Fault, Faults
from tests.fake_plex.flavours import flavour_of
from tests.fake_plex.listing import Listings
from tests.fake_plex.models import PRIMARY_LEAF, FakeLibrary, FoundFile, Item, Location, Part
from tests.fake_plex.mounts import Mounts
from tests.fake_plex.prefs import Preferences
from tests.fake_plex.quirks import Quirks, Timings
from tests.fake_plex.scanning import Scanner
from tests.fake_plex.section_api import section_node
from tests.fake_plex.settling import Settler
from tests.fake_plex.stats import Stats
from tests.fake_plex.steering import Steering
from tests.fake_plex.timeline import Timeline
from tests.fake_plex.transport import Transport, control_or_plex
from tests.fake_plex.waiting import Watch
from tests.fake_plex.websocket import NotificationHub
from tests.local_site import LocalSite

SERVER_TOKEN = "server-token"
SHARED_TOKEN = "shared-token"
MACHINE_IDENTIFIER = "c0ffee5eed5c0ffee5eed5c0ffee5eed5c0ffee5"


class FakePlex(Steering):
    """A Plex server that scans real folders, on 127.0.0.1 only."""

    def __init__(
        self,
        *,
        token: str = SERVER_TOKEN,
        shared_token: str = SHARED_TOKEN,
        machine_identifier: str = MACHINE_IDENTIFIER,
        friendly_name: str = "Living room",
        version: str = "1.43.1.10611-1e34174b1",
        quirks: Quirks | None = None,
        timings: Timings | None = None,
        claimed: bool = True,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Create a server without libraries that does not listen yet."""
        self.token = token
        self.shared_token = shared_token
        self.machine_identifier = machine_identifier
        self.friendly_name = friendly_name
        self.version = version
        self.claimed = claimed
        self.token_authority: TokenAuthority | None = None
        self.clock = clock
        self.quirks = quirks or Quirks()
        self.timings = timings or Timings()
        self.started_at = int(clock())
        self.down = False
        self.butler_tasks: set[str] = set()
        self.prefs = Preferences()
        self.stats = Stats()
        self.watch = Watch()
        self.faults = Faults()
        self.faults.on_add = self._remember_sections
        self.database = Database(self._now)
        self.hub = NotificationHub(self.faults, self.watch)
        self.activities = Activities(self.hub)
        self.timeline = Timeline(self.hub, self.quirks)
        self.mounts = Mounts()
        self.listings = Listings(self.stats, self.quirks, self.watch)
        self.settler = Settler(
            self.database, self.activities, self.timeline, self.timings, self.watch, self.listings, self.quirks
        )
        self.scanner = Scanner(
            database=self.database,
            activities=self.activities,
            timeline=self.timeline,
            settler=self.settler,
            stats=self.stats,
            quirks=self.quirks,
            timings=self.timings,
            watch=self.watch,
            auto_empty_trash=lambda: bool(self.prefs["autoEmptyTrash"]),
            listings=self.listings,
        )
        self._runner: web.AppRunner | None = None
        self._port = 0
        self._ssl: SSLContext | None = None

    # Life

    @property
    def url(self) -> str:
        """The address to reach the server at."""
        return f"{'https' if self._ssl else 'http'}://127.0.0.1:{self._port}"

    @property
    def port(self) -> int:
        """The port it listens on, kept over restarts."""
        return self._port

    async def start(self, port: int = 0, ssl_context: SSLContext | None = None) -> None:
        """Listen; after a `stop` the same port is taken again."""
        self.down = False
        self._ssl = ssl_context
        app = web.Application(client_max_size=1 << 20)
        handle = control_or_plex(Control(self).handle, Transport(self).handle)
        app.router.add_route("*", "/{path:.*}", handle)
        self._runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=0.2)
        await self._runner.setup()
        site = LocalSite(self._runner, port or self._port, ssl_context)
        await site.start()
        self._port = self._runner.addresses[0][1]
        self.begin_work()

    def begin_work(self) -> None:
        """Begin to scan what is asked for; `start` listens for it too."""
        if self.quirks.butler:
            butler = self.activities.start("butler", "Butler tasks", "Done")
            butler.progress = 100
        self.scanner.start()

    async def stop(self) -> None:
        """Stop; the libraries are kept, the queue and all activities are lost."""
        self.faults.clear()
        await self.scanner.stop()
        await self.settler.stop()
        await self.listings.stop()
        self.activities.running.clear()
        self.hub.drop_all()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def restart(self) -> None:
        """Stop and start on the same port."""
        ssl_context = self._ssl
        await self.stop()
        await self.start(ssl_context=ssl_context)

    def crash(self) -> None:
        """Stop at once: the queue is lost and every request is interrupted until `restart`."""
        self.down = True
        self.scanner.cancel(None)
        self.hub.drop_all()

    def cut_connections(self) -> None:
        """Close every connection, so that clients have to reconnect."""
        server = self._runner.server if self._runner else None
        for connection in server.connections if server else ():
            if connection.transport:
                connection.transport.abort()

    def role_of(self, token: str) -> Role | None:
        """Return what a token from plex.tv is worth here; None when it is refused."""
        return self.token_authority(self.machine_identifier, token) if self.token_authority else None

    # Libraries

    @property
    def libraries(self) -> list[FakeLibrary]:
        """The libraries in the order of their keys."""
        return list(self.database.libraries.values())

    def add_library(
        self,
        title: str,
        library_type: str,
        locations: Mapping[str, str | os.PathLike[str]],
        *,
        agent: str | None = None,
        language: str | None = None,
    ) -> FakeLibrary:
        """Add a library; the locations lead from paths as Plex presents them to real folders."""
        library = self.database.add_library(title, library_type, agent, language)
        for path, real in locations.items():
            self.database.add_location(library, path, Path(real))
        return library

    def remove_library(self, library: FakeLibrary) -> None:
        """Remove a library and its items."""
        self.database.remove_library(library)

    def add_location(self, library: FakeLibrary, path: str, real: str | os.PathLike[str]) -> Location:
        """Add a folder to a library; it is not scanned by that."""
        return self.database.add_location(library, path, Path(real))

    def remove_location(self, library: FakeLibrary, path: str) -> None:
        """Take a folder out of a library."""
        self.database.remove_location(library, path)

    def unmount(self, path: str, *, missing: bool = False, leftovers: Iterable[str] = ()) -> None:
        """Unmount the folder behind a location, given as Plex presents it: an empty mount point remains.

        With `missing` the mount point disappears, too. `leftovers` are names in the mount point; those that end with a
        slash are folders. Another call changes what remains. Libraries that share the folder are affected, too.
        """
        self.mounts.unmount(self._real(path), missing=missing, leftovers=leftovers)

    def mount(self, path: str) -> None:
        """Mount the folder behind a location again; no effect if it is mounted."""
        self.mounts.mount(self._real(path))

    def _real(self, path: str) -> Path:
        for library in self.libraries:
            for location in library.locations:
                if location.path == path:
                    return location.real
        msg = f"No location: {path}"
        raise KeyError(msg)

    def seed(self, library: FakeLibrary | None = None) -> None:
        """Scan at once, with everything settled, without events and uncounted: the initial state."""
        for each in self.libraries if library is None else [library]:
            changes = self.scanner.scan_now(each)
            for part in [*changes.new_parts, *changes.updated]:
                analyse(self.database, part)
            for item in changes.unsettled:
                item.unsettled = False

    def add_optimized_version(
        self, path: str, sample: Path | None = None, *, target: str = "Optimized for Mobile"
    ) -> Part:
        """Convert a listed file as Plex does: into `Plex Versions/<target>` of its folder, with proxyType 42."""
        original = self.part(path)
        if original is None:
            msg = f"Not in any library: {path}"
            raise KeyError(msg)
        real = original.real.parent / "Plex Versions" / target / f"{original.real.stem}.mp4"
        samples.put(real, sample)
        stat = real.stat()
        separator = flavour_of(path).separator
        folder = path.rpartition(separator)[0]
        file = separator.join([folder, "Plex Versions", target, real.name])
        found = FoundFile(real, stat.st_size, stat.st_mtime_ns)
        part = add_optimized(self.database, original.item, target, file, found)
        analyse(self.database, part)
        return part

    def refresh_metadata(self, item: Item) -> None:
        """Refresh an item at once, without events."""
        refresh(self.database, item)

    # A look inside

    def items(self, library: FakeLibrary, item_type: str | None = None) -> list[Item]:
        """Return a library's rows of one type; what can be played, if none is given."""
        return list(library.of_type(item_type or PRIMARY_LEAF[library.type]).values())

    def parts(self, path: str, library: FakeLibrary | None = None) -> list[Part]:
        """Return all parts with this very path, trashed ones too."""
        return [
            part for each in ([library] if library else self.libraries) for part in each.all_parts if part.file == path
        ]

    def part(self, path: str, library: FakeLibrary | None = None) -> Part | None:
        """Return the first part with this path."""
        return next(iter(self.parts(path, library)), None)

    async def send_notification(self, container: dict[str, Any]) -> None:
        """Send a frame: a container, or a whole frame with its NotificationContainer."""
        self.hub.send_container(container.get("NotificationContainer", container))

    def _now(self) -> float:
        """Ask the clock of the moment: tests may exchange it."""
        return self.clock()

    def _remember_sections(self, fault: Fault) -> None:
        if fault.kind == "stale_sections":
            fault.memory = [section_node(library) for library in self.libraries]
