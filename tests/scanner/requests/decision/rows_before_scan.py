"""The rows of the table of rules for what is proven, and for what is known before the first scan."""

from typing import Any

from custom_components.plex_smart_scan.scanner.libraries.mount_state import MountState
from custom_components.plex_smart_scan.scanner.models import Outcome, Reason
from custom_components.plex_smart_scan.scanner.requests.decision.evidence import (
    Analysis,
    DiskState,
    EffectiveOptions,
    Listing,
    Observed,
    PlexVisibility,
    ReportedState,
    ScanState,
)
from custom_components.plex_smart_scan.scanner.requests.decision.scan_scope import ScanScope
from custom_components.plex_smart_scan.scanner.requests.decision.step_types import (
    CheckMount,
    CheckVisibility,
    Finish,
    LookUp,
    RequestAnalysis,
    Scan,
    Step,
    WaitForMount,
    WaitForNextScan,
    WaitForNextView,
    WaitUntilStable,
)

from .described_evidence import (
    ADDED,
    BLIND,
    ENDED,
    FOLDER,
    GONE,
    KNOWN,
    LATE,
    LOOKED,
    NOT_VISIBLE,
    READY,
    REMOVING,
    SCANNED,
    SEEN,
    SIDECAR,
    TIMING,
    UNLISTED,
    UNSEEING,
    UP_TO_DATE,
    UPDATED,
    WHOLE,
)

ROWS: dict[str, tuple[dict[str, Any], Step]] = {
    # What is proven.
    "nothing is known": ({}, LookUp()),
    "nothing is known, and is not wanted": (BLIND, CheckVisibility()),
    "nothing is known of a sidecar file but that it is one": (BLIND | SIDECAR, LookUp()),
    "Plex has this very file": (KNOWN, UP_TO_DATE),
    "Plex has this very file, but a scan is forced": (
        KNOWN | {"options": EffectiveOptions(force=True)},
        CheckVisibility(),
    ),
    "Plex has it, the sender says removed, the disk says there": (KNOWN | {"reported": ReportedState.GONE}, UP_TO_DATE),
    "Plex has it, the sender says removed": (
        KNOWN | {"reported": ReportedState.GONE, "disk": DiskState.UNKNOWN},
        CheckVisibility(),
    ),
    "Plex has it at another size": (KNOWN | {"listing": Listing.DIFFERENT}, CheckVisibility()),
    "Plex lists it, and there is nothing to compare": (KNOWN | {"listing": Listing.UNVERIFIED}, CheckVisibility()),
    "removed, and Plex does not list it": (
        LOOKED | {"reported": ReportedState.GONE, "disk": DiskState.UNKNOWN},
        CheckVisibility(),
    ),
    "removed, not seen, not listed": (
        LOOKED | {"reported": ReportedState.GONE, "disk": DiskState.UNKNOWN, "visibility": PlexVisibility.NOT_VISIBLE},
        UP_TO_DATE,
    ),
    "removed, and yet seen": (SEEN | {"reported": ReportedState.GONE}, CheckMount()),
    "taken away again before Plex listed it": (LOOKED | {"disk": DiskState.VANISHED}, CheckVisibility()),
    "taken away again, and Plex does not see it": (
        LOOKED | {"disk": DiskState.VANISHED, "visibility": PlexVisibility.NOT_VISIBLE},
        CheckMount(),
    ),
    "taken away again, and the disk is there": (
        LOOKED
        | {
            "disk": DiskState.VANISHED,
            "visibility": PlexVisibility.NOT_VISIBLE,
            "mount": MountState.PRESENT,
        },
        UP_TO_DATE,
    ),
    "out of sight with the whole disk": (
        LOOKED
        | {
            "disk": DiskState.VANISHED,
            "visibility": PlexVisibility.NOT_VISIBLE,
            "mount": MountState.MISSING,
        },
        WaitForMount(),
    ),
    "removed, perhaps listed in another case": (
        GONE | {"listing": Listing.ABSENT, "was_listed": False, "may_be_listed_otherwise": True},
        CheckMount(),
    ),
    "gone, and no longer listed": (REMOVING | {"listing": Listing.ABSENT}, Finish(Outcome.REMOVED)),
    "gone, and never listed": (REMOVING | {"listing": Listing.ABSENT, "was_listed": False}, UP_TO_DATE),
    "listed now": (ADDED, Finish(Outcome.ADDED)),
    "listed now, but still growing": (ADDED | {"growing": True}, LookUp()),
    "listed now, analysis under way": (
        ADDED | {"analysis": Analysis.IN_PROGRESS},
        LookUp(within=TIMING.analysis_timeout),
    ),
    "listed now, analysis under way for too long": (
        ADDED | {"analysis": Analysis.IN_PROGRESS, "since_change_listed": TIMING.analysis_timeout},
        Finish(Outcome.ADDED),
    ),
    "listed now, nothing to play in it": (
        ADDED | {"analysis": Analysis.FOUND_NOTHING, "since_change_listed": TIMING.quiet_period},
        Finish(Outcome.ADDED, Reason.DAMAGED),
    ),
    "replaced, while the scan runs": (UPDATED, LookUp(within=TIMING.analysis_timeout)),
    "replaced, after the scan": (UPDATED | {"scan": ScanState.ENDED}, RequestAnalysis()),
    "replaced, and read again": (
        UPDATED | {"scan": ScanState.ENDED, "analysis_requested": True},
        Finish(Outcome.UPDATED),
    ),
    "restored in the place of another file": (
        ADDED | {"scan": ScanState.ENDED, "was_other_in_trash": True},
        RequestAnalysis(),
    ),
    "first episodes of a season while it is scanned": (ADDED | FOLDER | {"listing": Listing.UNVERIFIED}, LookUp()),
    "a season, and nothing moves any more": (
        ENDED | FOLDER | {"listing": Listing.UNVERIFIED, "change": Outcome.ADDED},
        Finish(Outcome.ADDED),
    ),
    "a season, and something still moves": (
        ENDED | FOLDER | {"listing": Listing.UNVERIFIED, "change": Outcome.ADDED, "quiet": False},
        LookUp(within=LATE),
    ),
    "one of two items lists the file no longer": (
        ENDED | {"listing": Listing.MATCHING, "change": Outcome.REMOVED, "was_listed": True},
        UP_TO_DATE,
    ),
    "scanned, and all as before": (ENDED | KNOWN, UP_TO_DATE),
    "scanned, too many of the name": (ENDED | {"listing": Listing.TOO_MANY}, SCANNED),
    "scanned, nothing to compare, a moment ago": (
        ENDED | {"listing": Listing.UNVERIFIED},
        LookUp(within=LATE),
    ),
    "scanned, nothing to compare, observed": (UNLISTED | {"listing": Listing.UNVERIFIED}, UP_TO_DATE),
    "scanned, nothing to compare, not observed": (
        UNLISTED | {"listing": Listing.UNVERIFIED, "observed": Observed.UNKNOWN},
        Scan(ScanScope.FOLDER),
    ),
    "scanned twice, nothing to compare, not observed": (
        UNLISTED | {"listing": Listing.UNVERIFIED, "observed": Observed.UNKNOWN, "repeated": True},
        SCANNED,
    ),
    # What is known before the first scan.
    "the file is still being written": (LOOKED | {"growing": True}, WaitUntilStable()),
    "new": (LOOKED, CheckVisibility()),
    "new and seen": (SEEN, CheckMount()),
    "new, seen, and the disk is there": (READY, Scan(ScanScope.FOLDER)),
    "new, seen, and the disk is missing": (SEEN | {"mount": MountState.MISSING}, WaitForMount()),
    "new, seen, the disk is missing, and allowed to be": (
        SEEN | {"mount": MountState.MISSING, "empty_confirmed": True},
        Scan(ScanScope.FOLDER),
    ),
    "gone, and the disk is missing": (GONE | {"mount": MountState.MISSING}, WaitForMount()),
    "gone, and the disk is there": (GONE | {"mount": MountState.PRESENT}, Scan(ScanScope.FOLDER)),
    "new and not seen": (READY | {"visibility": PlexVisibility.NOT_VISIBLE}, WaitForNextView(Reason.NOT_VISIBLE_YET)),
    "never visible, but not looked at lately": (
        READY | {"visibility": PlexVisibility.NOT_VISIBLE, "time_left": 0.0, "visibility_is_fresh": False},
        CheckVisibility(),
    ),
    "new and not seen for too long": (
        READY | {"visibility": PlexVisibility.NOT_VISIBLE, "time_left": 0.0},
        NOT_VISIBLE,
    ),
    "a sidecar file that has vanished, of an item that is listed": (
        READY
        | SIDECAR
        | {"listing": Listing.UNVERIFIED, "disk": DiskState.VANISHED}
        | {"visibility": PlexVisibility.NOT_VISIBLE},
        WaitForNextView(Reason.NOT_VISIBLE_YET),
    ),
    "not seen, whole libraries": (
        READY | WHOLE | {"visibility": PlexVisibility.NOT_VISIBLE},
        WaitForNextView(Reason.NOT_VISIBLE_YET),
    ),
    "an empty location that is meant to be so": (
        FOLDER
        | {"listing": Listing.ABSENT, "names_location": True, "scope": ScanScope.LOCATION}
        | {"visibility": PlexVisibility.NOT_VISIBLE, "mount": MountState.MISSING, "empty_confirmed": True},
        Scan(ScanScope.LOCATION),
    ),
    "the server does not say what it sees": (UNSEEING, Scan(ScanScope.FOLDER)),
    "the server does not say what it sees, right in the location": (
        UNSEEING | {"scope": ScanScope.LOCATION},
        WaitForMount(),
    ),
    "the server does not say what it sees, whole libraries": (UNSEEING | WHOLE, WaitForMount()),
    "the server sees the disk, but not whether the file is there, whole libraries": (
        UNSEEING | WHOLE | {"mount": MountState.PRESENT},
        WaitForNextView(Reason.NOT_VISIBLE_YET),
    ),
    "a location that is empty, in a library that lists nothing": (
        READY
        | FOLDER
        | {"names_location": True, "listing": Listing.TOO_MANY, "was_listed": True, "scope": ScanScope.LOCATION}
        | {"visibility": PlexVisibility.NOT_VISIBLE},
        WaitForNextView(Reason.NOT_VISIBLE_YET),
    ),
    "whole libraries": (READY | WHOLE, Scan(ScanScope.LIBRARY)),
    "removed a moment ago, still visible": (
        GONE | {"visibility": PlexVisibility.VISIBLE},
        WaitForNextView(Reason.WAITING),
    ),
    "removed and reported again, still visible": (
        GONE | {"visibility": PlexVisibility.VISIBLE, "visibility_is_outdated": True},
        CheckVisibility(),
    ),
    "removed, and visible for good": (
        GONE | {"visibility": PlexVisibility.VISIBLE, "removal_grace_over": True},
        CheckMount(),
    ),
    "a removed show, after another one": (
        GONE | {"mount": MountState.PRESENT, "scope": ScanScope.LOCATION, "wider": None, "location_wait": 40.0},
        WaitForNextScan(40.0),
    ),
}
