"""The fault matrix itself: what is said of a request while a fault lasts, for each kind of fault at each stage."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from .kinds import KINDS
from .scene import Stage

WAITS: Final = "pending server_offline"
WAITS_FOR_TOKEN: Final = "pending not_authorized"
ADDED: Final = "added"
UPDATED: Final = "updated"
GIVEN_UP: Final = "failed server_error"
REFUSED: Final = "failed bad_request"
FORBIDDEN: Final = "failed permission"
SCANNED: Final = "scanned"
NOT_OBSERVED: Final = "not_found not_visible_to_plex"
IGNORED: Final = "not_found ignored_by_plex"
TIME_OVER: Final = "not_found timeout"
RUNS: Final = "pending waiting"
MOUNT_MISSING: Final = "pending mount_missing"
KILLED: Final = "pending"
NOT_ACCEPTED: Final = "not accepted"
CANNOT_OCCUR: Final = ""

type Row = Mapping[Stage, str]


def _row(base: Row, cells: Row | None = None) -> Row:
    return MappingProxyType({**base, **(cells or {})})


# The whole server is away, from that stage on.
_AWAY: Final = _row(dict.fromkeys(Stage, WAITS), {Stage.JOURNAL: CANNOT_OCCUR})
# One question fails although Plex answers others well: that is given up after a while, unless it decides nothing.
_FAILING: Final = _row(
    _AWAY,
    {
        Stage.LIBRARIES: GIVEN_UP,
        Stage.LOOKUP_BEFORE: GIVEN_UP,
        Stage.SIGHT: ADDED,
        Stage.MOUNT: ADDED,
        Stage.SCAN: GIVEN_UP,
        Stage.RUNNING: ADDED,
        Stage.LOOKUP_AFTER: GIVEN_UP,
        Stage.ANALYSIS: UPDATED,
        Stage.REFRESH: GIVEN_UP,
        Stage.WEBSOCKET: ADDED,
    },
)
# Plex has done it, and its answer is empty anyway.
_DONE: Final = {Stage.SCAN: ADDED, Stage.REFRESH: UPDATED}
# Answered with 200 instead of being done.
_NOT_DONE: Final = {Stage.SCAN: TIME_OVER, Stage.REFRESH: SCANNED}
# The whole server asks to be left alone.
_BUSY: Final = _row(_AWAY, {Stage.RUNNING: ADDED, Stage.WEBSOCKET: ADDED})


def _only(stage: Stage, outcome: str) -> Row:
    return _row(dict.fromkeys(Stage, CANNOT_OCCUR), {stage: outcome})


def _refusing(outcome: str) -> Row:
    """Return the row of a refusal, which is an outage where even the list of libraries is refused."""
    questions = (Stage.LOOKUP_BEFORE, Stage.SCAN, Stage.LOOKUP_AFTER, Stage.REFRESH)
    return _row(_FAILING, {Stage.LIBRARIES: WAITS, **dict.fromkeys(questions, outcome)})


_TOKEN: Final = _row(
    _refusing(FORBIDDEN),
    {Stage.CONNECTING: WAITS_FOR_TOKEN, Stage.EVERYTHING: WAITS_FOR_TOKEN, Stage.LIBRARIES: FORBIDDEN},
)

OUTCOMES: Final[Mapping[str, Row]] = MappingProxyType(
    {
        **dict.fromkeys(KINDS, _FAILING),
        "connection refused": _AWAY,
        "Plex crashes": _AWAY,
        "connection reset after Plex processed the request": _row(_FAILING, {Stage.SCAN: ADDED}),
        "response that stalls halfway": _row(_FAILING, _DONE),
        "response cut off": _row(_FAILING, _DONE),
        "truncated XML": _row(_FAILING, _DONE),
        "XML from another program": _row(_FAILING, _NOT_DONE),
        "web page": _row(_FAILING, _NOT_DONE),
        "empty response": _row(_FAILING, _NOT_DONE),
        "empty list": _row(
            _FAILING,
            {
                Stage.LIBRARIES: WAITS,
                Stage.SIGHT: NOT_OBSERVED,
                **_NOT_DONE,
            },
        ),
        "400": _row(_refusing(REFUSED), {Stage.SIGHT: NOT_OBSERVED}),
        "401": _TOKEN,
        "403": _refusing(FORBIDDEN),
        "404": _row(_FAILING, {Stage.SIGHT: NOT_OBSERVED, Stage.REFRESH: SCANNED}),
        "405": _refusing(REFUSED),
        "413": _refusing(REFUSED),
        "429": _BUSY,
        "429 with Retry-After": _BUSY,
        "498": _TOKEN,
        "starting up": _BUSY,
        "another server": _AWAY,
        "expired certificate": _AWAY,
        "certificate for another name": _AWAY,
        "Home Assistant is killed": _row(
            dict.fromkeys(Stage, KILLED), {Stage.JOURNAL: CANNOT_OCCUR, Stage.EVERYTHING: CANNOT_OCCUR}
        ),
        "scan lost": _only(Stage.SCAN, TIME_OVER),
        "scan that never ends": _only(Stage.RUNNING, RUNS),
        "library drive not mounted": _only(Stage.MOUNT, MOUNT_MISSING),
        "websocket repeatedly disconnected": _only(Stage.WEBSOCKET, ADDED),
        "malformed websocket frames": _only(Stage.WEBSOCKET, ADDED),
        "silent websocket": _only(Stage.WEBSOCKET, ADDED),
        "Home Assistant's disk full": _only(Stage.JOURNAL, NOT_ACCEPTED),
    }
)

# Where Plex is asked for a wider scan than that of the folder: it refuses to scan the folder.
WIDER: Final = frozenset(
    {
        ("400", Stage.SCAN),
        ("405", Stage.SCAN),
        ("413", Stage.SCAN),
    }
)
_ENDS_WITH_TIME: Final = frozenset({TIME_OVER, NOT_OBSERVED, SCANNED})
BUSY: Final = frozenset(kind for kind, row in OUTCOMES.items() if row is _BUSY)
PENDING: Final = frozenset({WAITS, WAITS_FOR_TOKEN, RUNS, MOUNT_MISSING, KILLED})


def validation_of(kind: str, stage: Stage) -> float:
    """Return the validation timeout (seconds) for a cell: short where it is what ends the request."""
    if (kind, stage) == ("empty list", Stage.EVERYTHING):
        return 5.0  # the server is found to be away only when the time is over
    return 1.0 if OUTCOMES[kind][stage] in _ENDS_WITH_TIME else 60.0
