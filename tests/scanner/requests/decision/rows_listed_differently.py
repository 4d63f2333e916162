"""The rows of the table of rules for files and folders that Plex does not list as they are on the disk."""

from typing import Any

from custom_components.plex_smart_scan.scanner.models import Outcome
from custom_components.plex_smart_scan.scanner.requests.decision.evidence import (
    FactsSource,
    Listing,
    Observed,
)
from custom_components.plex_smart_scan.scanner.requests.decision.scan_scope import ScanScope
from custom_components.plex_smart_scan.scanner.requests.decision.step_types import (
    CheckVisibility,
    Finish,
    LookUp,
    Scan,
    Step,
)

from .described_evidence import (
    DIFFERENT,
    ENDED,
    FOLDER,
    LATE,
    TIMEOUT,
    TIMING,
    UNLISTED,
    UP_TO_DATE,
)

ROWS: dict[str, tuple[dict[str, Any], Step]] = {
    "listed at another size": (DIFFERENT, LookUp()),
    "listed at another size, and the scan could not be observed": (
        DIFFERENT | {"observed": Observed.UNKNOWN},
        Scan(ScanScope.FOLDER),
    ),
    "listed at another size, and the scan could not be observed, twice": (
        DIFFERENT | {"observed": Observed.UNKNOWN, "repeated": True},
        LookUp(),
    ),
    "listed at another size, and the scan of the location could not be observed": (
        DIFFERENT | {"observed": Observed.UNKNOWN, "scope": ScanScope.LOCATION, "location_wait": 300.0},
        LookUp(),
    ),
    "listed at another size for good": (DIFFERENT | {"time_left": 0.0}, TIMEOUT),
    "listed at another size, for the file changed since": (
        DIFFERENT | {"changed_since_scan": True},
        Scan(ScanScope.FOLDER),
    ),
    "listed with another time alone": (DIFFERENT | {"same_size": True}, UP_TO_DATE),
    "listed now at another size than the sender says": (
        DIFFERENT | {"facts_source": FactsSource.SENDER, "change": Outcome.ADDED},
        Finish(Outcome.ADDED),
    ),
    "a file that has grown since the scan of its location": (
        DIFFERENT | {"changed_since_scan": True, "scope": ScanScope.LOCATION, "location_wait": 599.0},
        Scan(ScanScope.FOLDER),
    ),
    "listed now, but perhaps as an earlier scan has read it": (
        ENDED | {"listing": Listing.UNVERIFIED, "change": Outcome.ADDED, "may_be_incomplete": True},
        LookUp(within=LATE),
    ),
    "listed now, and as before for long after the scan": (
        ENDED
        | {"listing": Listing.UNVERIFIED, "change": Outcome.ADDED, "may_be_incomplete": True}
        | {"since_scan": TIMING.late_listing},
        Finish(Outcome.ADDED),
    ),
    "listed as before, of unknown size": (
        UNLISTED | {"listing": Listing.UNVERIFIED, "was_listed": True},
        UP_TO_DATE,
    ),
    "listed as before, of unknown size, and not looked at lately": (
        UNLISTED | {"listing": Listing.UNVERIFIED, "was_listed": True, "visibility_is_fresh": False},
        CheckVisibility(),
    ),
    "a folder with some of what is there": (DIFFERENT | FOLDER | {"change": Outcome.ADDED}, Finish(Outcome.ADDED)),
    "a folder with some of what is there, which changed after the scan had read it": (
        DIFFERENT | FOLDER | {"change": Outcome.ADDED, "changed_since_scan": True},
        Scan(ScanScope.FOLDER),
    ),
    "a folder with some of what is there, which is still being changed": (
        DIFFERENT | FOLDER | {"change": Outcome.ADDED, "changing": True},
        LookUp(),
    ),
    "a folder with a file that is gone, which a scan would have removed": (
        DIFFERENT | FOLDER | {"change": Outcome.ADDED, "lists_missing_files": True, "observed": Observed.UNKNOWN},
        Scan(ScanScope.FOLDER),
    ),
    "a folder with a file that is gone, after one more scan": (
        DIFFERENT
        | FOLDER
        | {"change": Outcome.ADDED, "lists_missing_files": True, "observed": Observed.UNKNOWN, "repeated": True},
        Finish(Outcome.ADDED),
    ),
    "a folder with a file that Home Assistant misses, and Plex was not asked for": (
        DIFFERENT | FOLDER | {"lists_missing_files": True, "visibility_is_outdated": True},
        CheckVisibility(),
    ),
    "a folder with a file that is gone, after another request's scan": (
        DIFFERENT | FOLDER | {"lists_missing_files": True, "joined_scan": True},
        Scan(ScanScope.FOLDER),
    ),
    "a folder with a file that is gone, as before for long": (
        DIFFERENT | FOLDER | {"lists_missing_files": True, "since_scan": TIMING.ignored_after},
        Finish(Outcome.SCANNED),
    ),
    "a folder, as incomplete as before": (DIFFERENT | FOLDER, LookUp()),
    "a folder, as incomplete as before for long": (
        DIFFERENT | FOLDER | {"since_scan": TIMING.ignored_after},
        UP_TO_DATE,
    ),
}
