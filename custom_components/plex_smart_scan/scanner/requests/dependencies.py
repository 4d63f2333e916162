"""The parts of the engine that the processing of a request uses."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from ..clock import Clock
from ..libraries.index import Match
from ..libraries.lookups import Lookups
from ..libraries.missing_mounts import MountChecker
from ..libraries.spelling import Spelling
from ..libraries.visible_to_plex import FilesVisibleToPlex
from ..models import ScanRequest, Settings
from ..paths.mappings import Mappings
from ..plex.client import PlexClient
from ..plex.server_availability import ServerAvailability
from ..plex.websocket import PlexWebsocket
from ..scans.runner import ScanRunner
from ..timing import Timing
from .progress.unchanged_folders import UnchangedFolders


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependencies:
    """The parts of the engine that the processing of a request uses, passed in."""

    client: PlexClient
    availability: ServerAvailability
    lookups: Lookups
    visibility: FilesVisibleToPlex
    mounts: MountChecker
    spelling: Spelling
    runner: ScanRunner
    websocket: PlexWebsocket
    mappings: Mappings
    settings: Settings
    timing: Timing
    clock: Clock
    memory: UnchangedFolders
    log: Callable[..., None]
    """Logs one step: a marker, a text with `%` placeholders, and values."""
    keep: Callable[[ScanRequest], None]
    """Writes a request to the journal while its processing continues."""
    library_still_exists: Callable[[Match], Awaitable[bool]]
    """Reads the libraries again, and returns whether the path is still in the same one."""
