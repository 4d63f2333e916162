"""Evidence described in a few words, for the rows of the table of rules."""

from custom_components.plex_smart_scan.scanner.libraries.mount_state import MountState
from custom_components.plex_smart_scan.scanner.models import Outcome, Reason
from custom_components.plex_smart_scan.scanner.requests.decision.evidence import (
    DiskState,
    EffectiveOptions,
    FactsSource,
    Listing,
    Observed,
    PlexVisibility,
    ReportedState,
    ScanState,
    SiblingsListed,
    Subject,
)
from custom_components.plex_smart_scan.scanner.requests.decision.scan_scope import ScanScope
from custom_components.plex_smart_scan.scanner.requests.decision.step_types import Finish
from custom_components.plex_smart_scan.scanner.timing import Timing

TIMING = Timing()
LATE = TIMING.late_listing  # seconds after a scan
CONCLUDED = TIMING.ignored_after
FOLDER, SIDECAR = {"subject": Subject.FOLDER}, {"subject": Subject.SIDECAR}
SCAN_ONLY = {"options": EffectiveOptions(validate=False)}
BLIND = {"options": EffectiveOptions(validate=False, force=True)}
WHOLE = {"options": EffectiveOptions(smart_scanning=False), "scope": ScanScope.LIBRARY}

# What is known before the first scan of a new file, one answer after the other.
LOOKED = {"listing": Listing.ABSENT, "disk": DiskState.THERE, "facts_source": FactsSource.DISK}
SEEN = LOOKED | {"visibility": PlexVisibility.VISIBLE}
READY = SEEN | {"mount": MountState.PRESENT}
# After its scan.
RUNNING = READY | {"scan": ScanState.RUNNING}
LOST = READY | {"scan": ScanState.LOST}
ENDED = READY | {"scan": ScanState.ENDED, "observed": Observed.YES}
UNLISTED = ENDED | {"since_scan": LATE}
ALONE = UNLISTED | {"siblings_listed": SiblingsListed.NO}
# It is listed now, or was all the time.
ADDED = RUNNING | {"listing": Listing.MATCHING, "change": Outcome.ADDED}
UPDATED = ADDED | {"change": Outcome.UPDATED, "was_listed": True}
KNOWN = {"listing": Listing.MATCHING, "was_listed": True, "disk": DiskState.THERE, "facts_source": FactsSource.DISK}
DIFFERENT = UNLISTED | {"listing": Listing.DIFFERENT}
# A file that was removed, and that Plex lists.
GONE = {
    "reported": ReportedState.GONE,
    "listing": Listing.UNVERIFIED,
    "was_listed": True,
    "visibility": PlexVisibility.NOT_VISIBLE,
}
REMOVING = GONE | {"mount": MountState.PRESENT, "scan": ScanState.ENDED, "observed": Observed.YES, "since_scan": LATE}
# A server that does not say what it sees.
UNSEEING = LOOKED | {"visibility": PlexVisibility.UNKNOWN, "mount": MountState.UNKNOWN}

UP_TO_DATE, SCANNED = Finish(Outcome.UP_TO_DATE), Finish(Outcome.SCANNED)
NOT_VISIBLE = Finish(Outcome.NOT_FOUND, Reason.NOT_VISIBLE_TO_PLEX)
IGNORED = Finish(Outcome.NOT_FOUND, Reason.IGNORED_BY_PLEX)
TIMEOUT = Finish(Outcome.NOT_FOUND, Reason.TIMEOUT)
STILL_THERE = Finish(Outcome.FAILED, Reason.STILL_THERE)
