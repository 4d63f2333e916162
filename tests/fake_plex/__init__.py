"""A Plex server that scans real folders, for the project's tests."""

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
