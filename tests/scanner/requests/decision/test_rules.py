"""The table of decisions: the evidence in a few words, and the step that it leads to."""

from typing import Any

import pytest

from custom_components.plex_smart_scan.scanner.libraries.mounts import Mount
from custom_components.plex_smart_scan.scanner.models import Outcome, Reason
from custom_components.plex_smart_scan.scanner.requests.decision.evidence import (
    Analysis,
    Disk,
    Evidence,
    Facts,
    Known,
    Listing,
    Observed,
    ScanState,
    Sight,
    Subject,
    Wishes,
    Word,
)
from custom_components.plex_smart_scan.scanner.requests.decision.rules import RULES, decide
from custom_components.plex_smart_scan.scanner.requests.decision.scan_scope import Rung
from custom_components.plex_smart_scan.scanner.requests.decision.steps import (
    AskMount,
    AskOthers,
    AskSight,
    Finish,
    Look,
    RefreshBeside,
    RequestAnalysis,
    Restart,
    Scan,
    Step,
    WaitMount,
    WaitStill,
    WaitTurn,
    WaitVisible,
)
from custom_components.plex_smart_scan.scanner.timing import Timing

TIMING = Timing()
LATE = TIMING.patience  # seconds after a scan
CONCLUDED = TIMING.conclusion
FOLDER, SIDECAR = {"subject": Subject.FOLDER}, {"subject": Subject.SIDECAR}
SCAN_ONLY = {"wishes": Wishes(validates=False)}
BLIND = {"wishes": Wishes(validates=False, force=True)}
WHOLE = {"wishes": Wishes(smart=False), "rung": Rung.LIBRARY}

# What is known before the first scan of a new file, one answer after the other.
LOOKED = {"listing": Listing.ABSENT, "disk": Disk.THERE, "facts": Facts.DISK}
SEEN = LOOKED | {"sight": Sight.SEEN}
READY = SEEN | {"mount": Mount.PRESENT}
# After its scan.
RUNNING = READY | {"scan": ScanState.RUNNING}
LOST = READY | {"scan": ScanState.LOST}
ENDED = READY | {"scan": ScanState.ENDED, "observed": Observed.SEEN}
UNLISTED = ENDED | {"since_scan": LATE}
ALONE = UNLISTED | {"others_known": Known.NO}
# It is listed now, or was all the time.
ADDED = RUNNING | {"listing": Listing.MATCHING, "changed": Outcome.ADDED}
UPDATED = ADDED | {"changed": Outcome.UPDATED, "was_listed": True}
KNOWN = {"listing": Listing.MATCHING, "was_listed": True, "disk": Disk.THERE, "facts": Facts.DISK}
DIFFERENT = UNLISTED | {"listing": Listing.DIFFERENT}
# A file that was removed, and that Plex lists.
GONE = {"word": Word.GONE, "listing": Listing.UNVERIFIED, "was_listed": True, "sight": Sight.NOT_SEEN}
REMOVING = GONE | {"mount": Mount.PRESENT, "scan": ScanState.ENDED, "observed": Observed.SEEN, "since_scan": LATE}
# A server that does not say what it sees.
UNSEEING = LOOKED | {"sight": Sight.UNKNOWN, "mount": Mount.UNKNOWN}

UP_TO_DATE, SCANNED = Finish(Outcome.UP_TO_DATE), Finish(Outcome.SCANNED)
NOT_VISIBLE = Finish(Outcome.NOT_FOUND, Reason.NOT_VISIBLE_TO_PLEX)
IGNORED = Finish(Outcome.NOT_FOUND, Reason.IGNORED_BY_PLEX)
TIMEOUT = Finish(Outcome.NOT_FOUND, Reason.TIMEOUT)
STILL_THERE = Finish(Outcome.FAILED, Reason.STILL_THERE)

TABLE: dict[str, tuple[dict[str, Any], Step]] = {
    # -- what is proven -----------------------------------------------------------------------------------------------
    "nothing is known": ({}, Look()),
    "nothing is known, and is not wanted": (BLIND, AskSight()),
    "nothing is known of a sidecar file but that it is one": (BLIND | SIDECAR, Look()),
    "Plex has this very file": (KNOWN, UP_TO_DATE),
    "Plex has this very file, but a scan is forced": (KNOWN | {"wishes": Wishes(force=True)}, AskSight()),
    "Plex has it, the sender says removed, the disk says there": (KNOWN | {"word": Word.GONE}, UP_TO_DATE),
    "Plex has it, the sender says removed": (KNOWN | {"word": Word.GONE, "disk": Disk.UNKNOWN}, AskSight()),
    "Plex has it at another size": (KNOWN | {"listing": Listing.DIFFERENT}, AskSight()),
    "Plex lists it, and there is nothing to compare": (KNOWN | {"listing": Listing.UNVERIFIED}, AskSight()),
    "removed, and Plex does not list it": (LOOKED | {"word": Word.GONE, "disk": Disk.UNKNOWN}, AskSight()),
    "removed, not seen, not listed": (
        LOOKED | {"word": Word.GONE, "disk": Disk.UNKNOWN, "sight": Sight.NOT_SEEN},
        UP_TO_DATE,
    ),
    "removed, and yet seen": (SEEN | {"word": Word.GONE}, AskMount()),
    "taken away again before Plex listed it": (LOOKED | {"disk": Disk.VANISHED}, AskMount()),
    "taken away again, and the disk is there": (
        LOOKED | {"disk": Disk.VANISHED, "mount": Mount.PRESENT},
        UP_TO_DATE,
    ),
    "out of sight with the whole disk": (LOOKED | {"disk": Disk.VANISHED, "mount": Mount.MISSING}, WaitMount()),
    "removed, perhaps listed in another case": (
        GONE | {"listing": Listing.ABSENT, "was_listed": False, "may_be_listed_otherwise": True},
        AskMount(),
    ),
    "gone, and no longer listed": (REMOVING | {"listing": Listing.ABSENT}, Finish(Outcome.REMOVED)),
    "gone, and never listed": (REMOVING | {"listing": Listing.ABSENT, "was_listed": False}, UP_TO_DATE),
    "listed now": (ADDED, Finish(Outcome.ADDED)),
    "listed now, but still growing": (ADDED | {"growing": True}, Look()),
    "listed now, analysis under way": (ADDED | {"analysis": Analysis.UNDER_WAY}, Look()),
    "listed now, analysis under way for too long": (
        ADDED | {"analysis": Analysis.UNDER_WAY, "since_proof": TIMING.settle_limit},
        Finish(Outcome.ADDED),
    ),
    "listed now, nothing to play in it": (
        ADDED | {"analysis": Analysis.FOUND_NOTHING, "since_proof": TIMING.quiet},
        Finish(Outcome.ADDED, Reason.DAMAGED),
    ),
    "replaced, while the scan runs": (UPDATED, Look()),
    "replaced, after the scan": (UPDATED | {"scan": ScanState.ENDED}, RequestAnalysis()),
    "replaced, and read again": (
        UPDATED | {"scan": ScanState.ENDED, "analysis_requested": True},
        Finish(Outcome.UPDATED),
    ),
    "first episodes of a season while it is scanned": (ADDED | FOLDER | {"listing": Listing.UNVERIFIED}, Look()),
    "a season, and nothing moves any more": (
        ENDED | FOLDER | {"listing": Listing.UNVERIFIED, "changed": Outcome.ADDED},
        Finish(Outcome.ADDED),
    ),
    "a season, and something still moves": (
        ENDED | FOLDER | {"listing": Listing.UNVERIFIED, "changed": Outcome.ADDED, "quiet": False},
        Look(),
    ),
    "one of two items lists the file no longer": (
        ENDED | {"listing": Listing.MATCHING, "changed": Outcome.REMOVED, "was_listed": True},
        UP_TO_DATE,
    ),
    "scanned, and all as before": (ENDED | KNOWN, UP_TO_DATE),
    "scanned, too many of the name": (ENDED | {"listing": Listing.UNTELLABLE}, SCANNED),
    "scanned, nothing to compare, a moment ago": (ENDED | {"listing": Listing.UNVERIFIED}, Look()),
    "scanned, nothing to compare, seen to run": (UNLISTED | {"listing": Listing.UNVERIFIED}, UP_TO_DATE),
    "scanned, nothing to compare, not seen to run": (
        UNLISTED | {"listing": Listing.UNVERIFIED, "observed": Observed.UNKNOWN},
        SCANNED,
    ),
    # -- before a scan ------------------------------------------------------------------------------------------------
    "the file is still being written": (LOOKED | {"growing": True}, WaitStill()),
    "new": (LOOKED, AskSight()),
    "new and seen": (SEEN, AskMount()),
    "new, seen, and the disk is there": (READY, Scan(Rung.FOLDER)),
    "new, seen, and the disk is missing": (SEEN | {"mount": Mount.MISSING}, WaitMount()),
    "new, seen, the disk is missing, and allowed to be": (
        SEEN | {"mount": Mount.MISSING, "mount_allowed": True},
        Scan(Rung.FOLDER),
    ),
    "gone, and the disk is missing": (GONE | {"mount": Mount.MISSING}, WaitMount()),
    "gone, and the disk is there": (GONE | {"mount": Mount.PRESENT}, Scan(Rung.FOLDER)),
    "new and not seen": (READY | {"sight": Sight.NOT_SEEN}, WaitVisible()),
    "new and not seen for too long": (READY | {"sight": Sight.NOT_SEEN, "time_left": 0.0}, NOT_VISIBLE),
    "not seen, whole libraries": (READY | WHOLE | {"sight": Sight.NOT_SEEN}, WaitVisible()),
    "an empty location that is meant to be so": (
        FOLDER
        | {"listing": Listing.ABSENT, "names_location": True, "rung": Rung.LOCATION}
        | {"sight": Sight.NOT_SEEN, "mount": Mount.MISSING, "mount_allowed": True},
        Scan(Rung.LOCATION),
    ),
    "the server does not say what it sees": (UNSEEING, Scan(Rung.FOLDER)),
    "the server does not say what it sees, right in the location": (
        UNSEEING | {"rung": Rung.LOCATION},
        WaitMount(),
    ),
    "the server does not say what it sees, whole libraries": (UNSEEING | WHOLE, WaitMount()),
    "the server sees the disk, but not whether the file is there, whole libraries": (
        UNSEEING | WHOLE | {"mount": Mount.PRESENT},
        WaitVisible(),
    ),
    "whole libraries": (READY | WHOLE, Scan(Rung.LIBRARY)),
    "removed a moment ago, still visible": (
        GONE | {"sight": Sight.SEEN},
        WaitVisible(),
    ),
    "removed, and visible for good": (GONE | {"sight": Sight.SEEN, "vanish_time_over": True}, AskMount()),
    "a removed show, after another one": (
        GONE | {"mount": Mount.PRESENT, "rung": Rung.LOCATION, "wider": None, "location_wait": 40.0},
        WaitTurn(40.0),
    ),
    # -- after a scan -------------------------------------------------------------------------------------------------
    "the server was away": (RUNNING | {"scan": ScanState.INTERRUPTED}, Restart()),
    "the server scans no folders": (READY | {"scan": ScanState.REFUSED}, Scan(Rung.LIBRARY)),
    "the server scans no folders, and the disk is unknown": (
        UNSEEING | {"scan": ScanState.REFUSED},
        Finish(Outcome.FAILED, Reason.BAD_REQUEST),
    ),
    "the server scans nothing": (
        READY | WHOLE | {"scan": ScanState.REFUSED},
        Finish(Outcome.FAILED, Reason.BAD_REQUEST),
    ),
    "validation is off": (ENDED | SCAN_ONLY, SCANNED),
    "a subtitle": (ENDED | SIDECAR, RefreshBeside()),
    "a subtitle, validation is off": (ENDED | SIDECAR | SCAN_ONLY, RefreshBeside()),
    "a subtitle, validation is off, refreshed": (ENDED | SIDECAR | SCAN_ONLY | {"refresh_requested": True}, SCANNED),
    "a subtitle beside nothing": (ENDED | SIDECAR | {"items_beside": False}, SCANNED),
    "a subtitle, refresh requested": (ENDED | SIDECAR | {"refresh_requested": True}, Look()),
    "a subtitle, refreshed": (
        ENDED | SIDECAR | {"refresh_requested": True, "refreshed": True},
        Finish(Outcome.UPDATED),
    ),
    "a subtitle, never seen to be refreshed": (
        ENDED | SIDECAR | {"refresh_requested": True, "since_refresh": TIMING.settle_limit},
        SCANNED,
    ),
    "the scan was lost": (LOST, Scan(Rung.FOLDER, 2.0)),
    "the scan was lost again": (LOST | {"lost_scans": 2}, Scan(Rung.FOLDER, 10.0)),
    "the wider scan was lost": (LOST | {"rung": Rung.FIRST_FOLDER}, Scan(Rung.FIRST_FOLDER, 2.0)),
    "the scan was lost, and the file is not seen any more": (LOST | {"sight": Sight.NOT_SEEN}, AskSight()),
    "the scan was lost, and so was the disk": (LOST | {"mount": Mount.MISSING}, WaitMount()),
    "the scan of the location for a removed folder was lost": (
        REMOVING | {"scan": ScanState.LOST, "rung": Rung.LOCATION, "location_wait": 55.0},
        WaitTurn(55.0),
    ),
    "nobody could watch the scan of the location": (
        REMOVING | {"observed": Observed.UNKNOWN, "rung": Rung.LOCATION, "location_wait": 50.0},
        Look(),
    ),
    "nobody could watch the scan of the location, and it is its turn again": (
        REMOVING | {"observed": Observed.UNKNOWN, "rung": Rung.LOCATION},
        Scan(Rung.LOCATION),
    ),
    "all scans were lost": (LOST | {"time_left": 0.0}, TIMEOUT),
    "all scans of a file that Plex has were lost": (
        LOST | KNOWN | {"time_left": 0.0, "wishes": Wishes(force=True)},
        UP_TO_DATE,
    ),
    "all scans were lost, without a look": (LOST | BLIND | {"listing": Listing.UNASKED, "time_left": 0.0}, SCANNED),
    "the scan runs": (RUNNING, Look()),
    "the scan ended a moment ago": (ENDED, Look()),
    "no name that Plex takes": (ENDED | {"name_taken": False, "since_scan": TIMING.quiet}, IGNORED),
    "an empty folder": (ENDED | FOLDER | {"nothing_to_list": True, "since_scan": TIMING.quiet}, SCANNED),
    "a folder that was emptied": (
        ENDED
        | FOLDER
        | {"nothing_to_list": True, "since_scan": TIMING.quiet, "was_listed": True, "changed": Outcome.REMOVED},
        Finish(Outcome.REMOVED),
    ),
    "listed at another size": (DIFFERENT, Look()),
    "listed at another size for good": (DIFFERENT | {"time_left": 0.0}, TIMEOUT),
    "listed at another size, for the file changed since": (DIFFERENT | {"changed_since_scan": True}, Scan(Rung.FOLDER)),
    "listed with another time alone": (DIFFERENT | {"same_size": True}, UP_TO_DATE),
    "listed now at another size than the sender says": (
        DIFFERENT | {"facts": Facts.SENDER, "changed": Outcome.ADDED},
        Finish(Outcome.ADDED),
    ),
    "a folder with some of what is there": (DIFFERENT | FOLDER | {"changed": Outcome.ADDED}, Finish(Outcome.ADDED)),
    "a folder, as incomplete as before": (DIFFERENT | FOLDER, UP_TO_DATE),
    "the scan was not seen to run": (UNLISTED | {"observed": Observed.UNKNOWN}, Scan(Rung.FOLDER)),
    "the scan was not seen to run, twice": (UNLISTED | {"observed": Observed.UNKNOWN, "repeated": True}, Look()),
    "seen, scanned, not listed": (UNLISTED, AskOthers()),
    "seen, scanned, not listed, and nothing else in the folder": (ALONE, Scan(Rung.FIRST_FOLDER)),
    "seen, scanned, not listed, but its neighbours are": (UNLISTED | {"others_known": Known.YES}, Look()),
    "not listed, another library has it": (ALONE | {"taken_elsewhere": True}, Look()),
    "not listed, and only the location is wider": (
        ALONE | {"rung": Rung.FIRST_FOLDER, "wider": Rung.LOCATION},
        Scan(Rung.LOCATION),
    ),
    "not listed, and the location was just scanned": (
        ALONE | {"rung": Rung.FIRST_FOLDER, "wider": Rung.LOCATION, "location_wait": 300.0},
        Look(),
    ),
    "not listed, and the location was just scanned, for too long": (
        ALONE | {"rung": Rung.FIRST_FOLDER, "wider": Rung.LOCATION, "location_wait": 300.0, "time_left": 0.0},
        TIMEOUT,
    ),
    "not listed after the widest scan": (ALONE | {"rung": Rung.LOCATION, "wider": None}, Look()),
    "not listed after the widest scan, and nothing more to expect": (
        ALONE | {"rung": Rung.LOCATION, "wider": None, "since_scan": CONCLUDED},
        IGNORED,
    ),
    "nothing more to expect, and the last sight is old": (
        ALONE | {"rung": Rung.LOCATION, "wider": None, "since_scan": CONCLUDED, "sight_is_fresh": False},
        AskSight(),
    ),
    "not listed, by a server that does not say what it sees": (
        UNSEEING | {"scan": ScanState.ENDED, "observed": Observed.SEEN, "since_scan": LATE},
        Look(),
    ),
    "not listed for too long, by a server that does not say what it sees": (
        UNSEEING | {"scan": ScanState.ENDED, "observed": Observed.SEEN, "since_scan": LATE, "time_left": 0.0},
        TIMEOUT,
    ),
    "gone, but still listed": (REMOVING, Scan(Rung.FIRST_FOLDER)),
    "gone, but still listed, and only the location is wider": (
        REMOVING | {"rung": Rung.FIRST_FOLDER, "wider": Rung.LOCATION},
        Look(),
    ),
    "gone, but still listed for too long": (REMOVING | {"wider": None, "time_left": 0.0}, STILL_THERE),
    "a season in which something moved to the end": (
        UNLISTED | FOLDER | {"listing": Listing.UNVERIFIED, "changed": Outcome.ADDED, "quiet": False, "time_left": 0.0},
        Finish(Outcome.ADDED),
    ),
}


@pytest.mark.parametrize(("known", "step"), TABLE.values(), ids=TABLE)
def test_step(known: dict[str, Any], step: Step) -> None:
    """The evidence leads to this step."""
    assert decide(Evidence(**known), TIMING) == step


def test_every_rule_is_in_the_table() -> None:
    """Each rule decides some line of the table."""
    deciding = set()
    for known, _ in TABLE.values():
        deciding.add(next(rule for rule in RULES if rule(Evidence(**known), TIMING) is not None))

    assert deciding == set(RULES)
