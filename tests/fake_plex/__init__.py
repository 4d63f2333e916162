"""A Plex server that really scans real folders: the ground the project's tests stand on."""

from tests.fake_plex.faults import Fault, Faults
from tests.fake_plex.models import FakeLibrary, Item, Media, Part
from tests.fake_plex.quirks import Quirks, Timings
from tests.fake_plex.server import FakePlex
from tests.fake_plex.stats import RecordedRequest, ScanRecord, Stats

__all__ = [
    "FakeLibrary",
    "FakePlex",
    "Fault",
    "Faults",
    "Item",
    "Media",
    "Part",
    "Quirks",
    "RecordedRequest",
    "ScanRecord",
    "Stats",
    "Timings",
]
