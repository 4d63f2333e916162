"""The engine: from a changed path to a proven result. It imports nothing from Home Assistant.

This is its interface, together with `scanner.downloaders`: the rest of the integration does not import from its
submodules.
"""

from .concurrency import wait_shielded
from .engine import ScanEngine, StoppedError
from .journal.database import Database, JournalError
from .journal.journal import Journal
from .libraries.index import LibraryIndex
from .libraries.known_libraries import Resolution
from .libraries.mapping_evidence import (
    Pairs,
    ProvenMapping,
    SizedFile,
    find_same_files,
    infer_mapping,
    prove_mapping,
    sized_file,
)
from .libraries.missing_mounts import MissingMount
from .libraries.statistics import StatisticsReader
from .models import (
    Library,
    LibraryStatistics,
    LibraryType,
    MediaFile,
    Outcome,
    Reason,
    ScannedLibrary,
    ScanRequest,
    ScanResult,
    Server,
    Settings,
)
from .paths.clean_path import CleanPath, InvalidPathError, clean, clean_or_none, readings
from .paths.mappings import Mappings, PathMapping
from .plex.client import PlexClient
from .plex.errors import ErrorKind, PlexError
from .plex.events import SCAN, ActivityEvent, ConnectionEvent, PlexEvent, ScanCompleteEvent
from .plex.server_availability import ConnectionState
from .plex.transport.identity import identify
from .plex.url_and_token import Access
from .requests.pending import PendingRequest
from .requests.preview import Preview
from .safe_text import code_safe, log_safe, markdown_safe, safe_error
from .step_log import show_steps
from .timing import Timing

__all__ = [
    "SCAN",
    "Access",
    "ActivityEvent",
    "CleanPath",
    "ConnectionEvent",
    "ConnectionState",
    "Database",
    "ErrorKind",
    "InvalidPathError",
    "Journal",
    "JournalError",
    "Library",
    "LibraryIndex",
    "LibraryStatistics",
    "LibraryType",
    "Mappings",
    "MediaFile",
    "MissingMount",
    "Outcome",
    "Pairs",
    "PathMapping",
    "PendingRequest",
    "PlexClient",
    "PlexError",
    "PlexEvent",
    "Preview",
    "ProvenMapping",
    "Reason",
    "Resolution",
    "ScanCompleteEvent",
    "ScanEngine",
    "ScanRequest",
    "ScanResult",
    "ScannedLibrary",
    "Server",
    "Settings",
    "SizedFile",
    "StatisticsReader",
    "StoppedError",
    "Timing",
    "clean",
    "clean_or_none",
    "code_safe",
    "find_same_files",
    "identify",
    "infer_mapping",
    "log_safe",
    "markdown_safe",
    "prove_mapping",
    "readings",
    "safe_error",
    "show_steps",
    "sized_file",
    "wait_shielded",
]
