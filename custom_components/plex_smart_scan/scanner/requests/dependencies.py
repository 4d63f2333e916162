"""The parts of the engine that the processing of a request uses, and how they are connected."""

from collections.abc import Callable
from dataclasses import dataclass

from ..clock import Clock
from ..libraries.index import Match
from ..libraries.known_libraries import LibraryRegistry
from ..libraries.lookups import Lookups
from ..libraries.missing_mounts import MountChecker
from ..libraries.spelling import Spelling
from ..libraries.visible_to_plex import FilesVisibleToPlex
from ..models import ScanRequest, Settings
from ..paths.mappings import Mappings
from ..plex.client import PlexClient
from ..plex.errors import PlexError
from ..plex.server_availability import ConnectionState, ServerAvailability
from ..plex.url_and_token import Access
from ..plex.websocket import PlexWebsocket
from ..scans.runner import ScanRunner
from ..timing import Timing
from .progress.unchanged_folders import UnchangedFolders


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependencies:
    """The parts of the engine that the processing of a request uses, passed in."""

    client: PlexClient
    availability: ServerAvailability
    websocket: PlexWebsocket
    registry: LibraryRegistry
    lookups: Lookups
    visibility: FilesVisibleToPlex
    mounts: MountChecker
    spelling: Spelling
    runner: ScanRunner
    mappings: Mappings
    settings: Settings
    timing: Timing
    clock: Clock
    memory: UnchangedFolders
    log: Callable[..., None]
    """Logs one step: a marker, a text with `%` placeholders, and values."""
    store_later: Callable[[ScanRequest], None]
    """Writes a request to the journal while its processing continues."""

    async def library_still_exists(self, match: Match) -> bool:
        """Read the libraries again, and return whether the path is still in the same one. Raises PlexError."""
        return await self.registry.still_contains(match)

    async def close(self) -> None:
        """Stop everything that runs in the background, except the client."""
        for part in (self.registry, self.lookups, self.spelling, self.mounts, self.visibility, self.availability):
            await part.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineCallbacks:
    """The functions that the engine calls when something changes."""

    on_availability: Callable[[ConnectionState, PlexError | None], None]
    """Called when the server becomes available or unavailable."""
    on_scanning: Callable[[], None]
    """Called when a scan starts or ends."""
    on_mounts: Callable[[], None]
    """Called when the mount of a location becomes missing or is back."""


def create_dependencies(
    access: Access,
    *,
    settings: Settings,
    mappings: Mappings,
    clock: Clock,
    timing: Timing,
    timeout: float,
    callbacks: EngineCallbacks,
    log: Callable[..., None],
    store_later: Callable[[ScanRequest], None],
) -> Dependencies:
    """Create the parts without connecting. `timeout` is in seconds for each request to Plex."""
    client = PlexClient(access, timeout=timeout)

    async def compare() -> object:
        return await registry.read()

    def on_availability(state: ConnectionState, error: PlexError | None) -> None:
        if state is ConnectionState.ONLINE:
            websocket.reconnect_now()
        callbacks.on_availability(state, error)

    availability = ServerAvailability(client.probe, clock, on_availability, compare=compare)
    websocket = PlexWebsocket(access, client.identity, clock, client.activities)
    registry = LibraryRegistry(client, availability, mappings)
    lookups = Lookups(client, availability)
    visibility = FilesVisibleToPlex(client.browse, client.can_browse, availability, clock, timing)
    mounts = MountChecker(lookups, visibility, clock, timing, callbacks.on_mounts)
    return Dependencies(
        client=client,
        availability=availability,
        websocket=websocket,
        registry=registry,
        lookups=lookups,
        visibility=visibility,
        mounts=mounts,
        spelling=Spelling(client, availability),
        runner=ScanRunner(client, availability, websocket, clock, timing, log, mounts, callbacks.on_scanning),
        mappings=mappings,
        settings=settings,
        timing=timing,
        clock=clock,
        memory=UnchangedFolders(),
        log=log,
        store_later=store_later,
    )
