"""The rows of the table of rules for what follows the request for a scan."""

from typing import Any

from custom_components.plex_smart_scan.scanner.libraries.mount_state import MountState
from custom_components.plex_smart_scan.scanner.models import Outcome, Reason
from custom_components.plex_smart_scan.scanner.requests.decision.evidence import (
    DiskState,
    EffectiveOptions,
    Listing,
    Observed,
    PlexVisibility,
    ReportedState,
    ScanState,
    SiblingsListed,
)
from custom_components.plex_smart_scan.scanner.requests.decision.scan_scope import ScanScope
from custom_components.plex_smart_scan.scanner.requests.decision.step_types import (
    CheckSiblings,
    CheckVisibility,
    Finish,
    LookUp,
    RefreshSidecarItems,
    Restart,
    Scan,
    Step,
    WaitForMount,
    WaitForNextScan,
)

from .described_evidence import (
    ALONE,
    BLIND,
    CONCLUDED,
    ENDED,
    FOLDER,
    IGNORED,
    KNOWN,
    LATE,
    LOST,
    READY,
    REMOVING,
    RUNNING,
    SCAN_ONLY,
    SCANNED,
    SIDECAR,
    STILL_THERE,
    TIMEOUT,
    TIMING,
    UNLISTED,
    UNSEEING,
    UP_TO_DATE,
    WHOLE,
)

VANISHED_SINCE = {"disk": DiskState.VANISHED, "visibility_is_outdated": True}
REMOVED_SINCE = {"reported": ReportedState.CONTRADICTORY, "visibility_is_outdated": True}
ROWS: dict[str, tuple[dict[str, Any], Step]] = {
    "the server was away": (RUNNING | {"scan": ScanState.INTERRUPTED}, Restart()),
    "the server scans no folders": (READY | {"scan": ScanState.REFUSED}, Scan(ScanScope.LIBRARY)),
    "the server scans no folders, and the disk is unknown": (
        UNSEEING | {"scan": ScanState.REFUSED},
        Finish(Outcome.FAILED, Reason.BAD_REQUEST),
    ),
    "the server scans nothing": (
        READY | WHOLE | {"scan": ScanState.REFUSED},
        Finish(Outcome.FAILED, Reason.BAD_REQUEST),
    ),
    "validation is off": (ENDED | SCAN_ONLY, SCANNED),
    "a subtitle": (ENDED | SIDECAR, RefreshSidecarItems()),
    "a subtitle, validation is off": (ENDED | SIDECAR | SCAN_ONLY, RefreshSidecarItems()),
    "a subtitle, validation is off, refreshed": (ENDED | SIDECAR | SCAN_ONLY | {"refresh_requested": True}, SCANNED),
    "a subtitle beside nothing": (ENDED | SIDECAR | {"has_sidecar_items": False}, SCANNED),
    "a subtitle, refresh requested": (ENDED | SIDECAR | {"refresh_requested": True}, LookUp()),
    "a subtitle, refreshed": (
        ENDED | SIDECAR | {"refresh_requested": True, "refreshed": True},
        Finish(Outcome.UPDATED),
    ),
    "a subtitle, never seen to be refreshed": (
        ENDED | SIDECAR | {"refresh_requested": True, "since_refresh": TIMING.analysis_timeout},
        SCANNED,
    ),
    "the scan of the location for a removed folder was lost": (
        REMOVING | {"scan": ScanState.LOST, "scope": ScanScope.LOCATION, "location_wait": 55.0},
        WaitForNextScan(55.0),
    ),
    "the scan of the location could not be observed": (
        REMOVING | {"observed": Observed.UNKNOWN, "scope": ScanScope.LOCATION, "location_wait": 50.0},
        WaitForNextScan(50.0),
    ),
    "the scan of the location could not be observed, and it is its turn again": (
        REMOVING | {"observed": Observed.UNKNOWN, "scope": ScanScope.LOCATION},
        Scan(ScanScope.LOCATION),
    ),
    "gone, and another file is listed there now": (
        REMOVING | {"since_scan": LATE, "change": Outcome.UPDATED, "visibility_is_fresh": False},
        CheckVisibility(),
    ),
    "gone and still listed in the end, but not looked at lately": (
        REMOVING | {"since_scan": LATE, "time_left": 0.0, "visibility_is_fresh": False},
        CheckVisibility(),
    ),
    "no longer listed while its scan runs": (
        RUNNING | {"was_listed": True, "visibility_is_outdated": True},
        CheckVisibility(),
    ),
    "not listed after its scan for a removal, and reported as present meanwhile": (
        ENDED
        | {
            "reported": ReportedState.CONTRADICTORY,
            "disk": DiskState.UNKNOWN,
            "visibility": PlexVisibility.NOT_CHECKED,
            "visibility_is_outdated": True,
        },
        CheckVisibility(),
    ),
    "not listed after its scan, and reported as removed meanwhile": (ENDED | REMOVED_SINCE, CheckVisibility()),
    "listed as before, and reported as removed meanwhile": (
        ENDED | REMOVED_SINCE | {"listing": Listing.UNVERIFIED},
        CheckVisibility(),
    ),
    "listed before its own scan, but vanished since then": (
        READY | {"listing": Listing.UNVERIFIED, "change": Outcome.ADDED} | VANISHED_SINCE,
        CheckVisibility(),
    ),
    "listed by a server that does not show its disk, although Home Assistant does not see it": (
        ENDED
        | {"listing": Listing.UNVERIFIED, "change": Outcome.ADDED, "visibility": PlexVisibility.UNKNOWN}
        | {"disk": DiskState.NOT_THERE, "visibility_is_outdated": True},
        CheckVisibility(),
    ),
    "listed although neither Plex nor Home Assistant sees it": (
        ENDED
        | {"listing": Listing.UNVERIFIED, "change": Outcome.ADDED, "visibility": PlexVisibility.NOT_VISIBLE}
        | {"disk": DiskState.NOT_THERE, "removed_since_scan": True, "since_scan": LATE},
        Scan(ScanScope.FOLDER),
    ),
    "the scan was lost, after many others": (
        LOST | {"since_scan": 2.0, "scan_wait": 50.0},
        WaitForNextScan(50.0),
    ),
    "the scan was lost": (LOST, LookUp(within=2.0)),
    "the scan was lost a moment ago": (LOST | {"since_scan": 2.0}, Scan(ScanScope.FOLDER)),
    "the scan was lost, and the path is reported again": (LOST | {"reported_since_scan": True}, Scan(ScanScope.FOLDER)),
    "the scan was lost again": (LOST | {"lost_scans": 2, "since_scan": 2.0}, LookUp(within=8.0)),
    "the wider scan was lost": (
        LOST | {"scope": ScanScope.FIRST_LEVEL_FOLDER, "since_scan": 2.0},
        Scan(ScanScope.FIRST_LEVEL_FOLDER),
    ),
    "the scan was lost, and the file is not seen any more": (
        LOST | {"visibility": PlexVisibility.NOT_VISIBLE, "since_scan": 2.0},
        CheckVisibility(),
    ),
    "the scan was lost, and so was the disk": (LOST | {"mount": MountState.MISSING}, WaitForMount()),
    "the scan was lost, and no time is left for another one": (LOST | {"time_left": 2.0}, LookUp()),
    "the scan was lost without a look, and little time is left": (
        LOST | BLIND | {"listing": Listing.NOT_CHECKED, "time_left": 2.0, "since_scan": 2.0},
        Scan(ScanScope.FOLDER),
    ),
    "all scans of a file with another time alone were lost": (
        LOST | {"listing": Listing.DIFFERENT, "same_size": True, "time_left": 0.0},
        SCANNED,
    ),
    "all scans were lost": (LOST | {"time_left": 0.0}, TIMEOUT),
    "all scans of a file that Plex has were lost": (
        LOST | KNOWN | {"time_left": 0.0, "options": EffectiveOptions(force=True)},
        UP_TO_DATE,
    ),
    "all scans were lost, without a look": (LOST | BLIND | {"listing": Listing.NOT_CHECKED, "time_left": 0.0}, SCANNED),
    "the scan runs": (RUNNING, LookUp()),
    "the scan ended a moment ago": (ENDED, LookUp(within=LATE)),
    "the scan ended almost long enough ago": (ENDED | {"since_scan": LATE - 1.0}, LookUp(within=1.0)),
    "no name that Plex takes": (ENDED | {"name_is_indexed": False, "since_scan": TIMING.quiet_period}, IGNORED),
    "an empty folder": (ENDED | FOLDER | {"has_no_media": True, "since_scan": TIMING.quiet_period}, SCANNED),
    "a folder that was emptied": (
        ENDED
        | FOLDER
        | {"has_no_media": True, "since_scan": TIMING.quiet_period, "was_listed": True, "change": Outcome.REMOVED},
        Finish(Outcome.REMOVED),
    ),
    "the scan began before the file was seen, and ended a moment ago when the time was over": (
        ENDED | {"scan_began_early": True, "time_left": 0.0},
        LookUp(within=LATE),
    ),
    "the scan began before the file was seen, and has not found it": (
        UNLISTED | {"scan_began_early": True, "time_left": 0.0},
        Scan(ScanScope.FOLDER),
    ),
    "the scan of the location began before the file was seen": (
        UNLISTED | {"scan_began_early": True, "scope": ScanScope.LOCATION, "location_wait": 599.0, "wider": None},
        LookUp(),
    ),
    "the scan began before the file was removed": (
        REMOVING | {"listing": Listing.UNVERIFIED, "removed_since_scan": True, "time_left": 0.0},
        Scan(ScanScope.FOLDER),
    ),
    "the scan of the location began before the show was removed": (
        REMOVING
        | {"listing": Listing.UNVERIFIED, "removed_since_scan": True, "scope": ScanScope.LOCATION}
        | {"wider": None, "location_wait": 40.0},
        WaitForNextScan(40.0),
    ),
    "a new file is listed, but has vanished since": (
        UNLISTED
        | {"listing": Listing.UNVERIFIED, "change": Outcome.ADDED, "disk": DiskState.VANISHED}
        | {"visibility": PlexVisibility.NOT_VISIBLE, "removed_since_scan": True},
        Scan(ScanScope.FOLDER),
    ),
    "the scan was not observed": (UNLISTED | {"observed": Observed.UNKNOWN}, Scan(ScanScope.FOLDER)),
    "the scan was not observed, twice": (UNLISTED | {"observed": Observed.UNKNOWN, "repeated": True}, LookUp()),
    "seen, scanned, not listed": (UNLISTED, CheckSiblings()),
    "seen, scanned, not listed, and nothing else in the folder": (ALONE, Scan(ScanScope.FIRST_LEVEL_FOLDER)),
    "seen, scanned, not listed, but its neighbours are": (UNLISTED | {"siblings_listed": SiblingsListed.YES}, LookUp()),
    "not listed, another library has it": (ALONE | {"found_in_other_library": True}, LookUp()),
    "not listed, and only the location is wider": (
        ALONE | {"scope": ScanScope.FIRST_LEVEL_FOLDER, "wider": ScanScope.LOCATION},
        Scan(ScanScope.LOCATION),
    ),
    "not listed, and the location was just scanned": (
        ALONE | {"scope": ScanScope.FIRST_LEVEL_FOLDER, "wider": ScanScope.LOCATION, "location_wait": 300.0},
        LookUp(),
    ),
    "not listed, and the location was just scanned, for too long": (
        ALONE
        | {
            "scope": ScanScope.FIRST_LEVEL_FOLDER,
            "wider": ScanScope.LOCATION,
            "location_wait": 300.0,
            "time_left": 0.0,
        },
        TIMEOUT,
    ),
    "not listed after the widest scan": (ALONE | {"scope": ScanScope.LOCATION, "wider": None}, LookUp()),
    "not listed after the widest scan, and nothing more to expect": (
        ALONE | {"scope": ScanScope.LOCATION, "wider": None, "since_scan": CONCLUDED},
        IGNORED,
    ),
    "nothing more to expect, and the last sight is old": (
        ALONE | {"scope": ScanScope.LOCATION, "wider": None, "since_scan": CONCLUDED, "visibility_is_fresh": False},
        CheckVisibility(),
    ),
    "not listed, by a server that does not say what it sees": (
        UNSEEING | {"scan": ScanState.ENDED, "observed": Observed.YES, "since_scan": LATE},
        LookUp(),
    ),
    "not listed for too long, by a server that does not say what it sees": (
        UNSEEING | {"scan": ScanState.ENDED, "observed": Observed.YES, "since_scan": LATE, "time_left": 0.0},
        TIMEOUT,
    ),
    "gone, but still listed": (REMOVING, Scan(ScanScope.FIRST_LEVEL_FOLDER)),
    "gone, but still listed, whatever its name": (
        REMOVING | {"name_is_indexed": False},
        Scan(ScanScope.FIRST_LEVEL_FOLDER),
    ),
    "gone, but still listed, and only the location is wider": (
        REMOVING | {"scope": ScanScope.FIRST_LEVEL_FOLDER, "wider": ScanScope.LOCATION},
        LookUp(),
    ),
    "gone, but still listed for too long": (REMOVING | {"wider": None, "time_left": 0.0}, STILL_THERE),
    "gone, and a scan of another request has ended, after which it was not looked up": (
        REMOVING | {"wider": None, "time_left": 0.0, "looked_up_since_scan": False},
        LookUp(),
    ),
    "a season in which something moved to the end": (
        UNLISTED | FOLDER | {"listing": Listing.UNVERIFIED, "change": Outcome.ADDED, "quiet": False, "time_left": 0.0},
        Finish(Outcome.ADDED),
    ),
}
