"""The fault matrix: the result of a request during a fault, for each kind of fault at each stage."""

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
TIME_OVER: Final = "not_found timeout"
RUNS: Final = "pending waiting"
MOUNT_MISSING: Final = "pending mount_missing"
KILLED: Final = "pending"
NOT_ACCEPTED: Final = "not accepted"
CANNOT_OCCUR: Final = ""

type Row = Mapping[Stage, str]


def _row(base: Row, cells: Row | None = None) -> Row:
    return MappingProxyType({**base, **(cells or {})})


# The whole server is unavailable from this stage on.
_UNAVAILABLE: Final = _row(dict.fromkeys(Stage, WAITS), {Stage.JOURNAL: CANNOT_OCCUR})
# One kind of request fails although others succeed: the engine gives up after a while, unless the request is optional.
# The list of libraries is what every server answers: without it, the whole server is unavailable.
_FAILING: Final = _row(
    _UNAVAILABLE,
    {
        Stage.LOOKUP_BEFORE: GIVEN_UP,
        Stage.VISIBILITY: ADDED,
        Stage.MOUNT: ADDED,
        Stage.SCAN: GIVEN_UP,
        Stage.RUNNING: ADDED,
        Stage.LOOKUP_AFTER: GIVEN_UP,
        Stage.ANALYSIS: UPDATED,
        Stage.REFRESH: GIVEN_UP,
        Stage.WEBSOCKET: ADDED,
    },
)
# Plex has processed the request, whose response is always empty.
_PROCESSED: Final = {Stage.SCAN: ADDED, Stage.REFRESH: UPDATED}
# Plex has answered with 200 without processing the request.
_NOT_PROCESSED: Final = {Stage.SCAN: TIME_OVER, Stage.REFRESH: SCANNED}
# The server asks clients to wait; a request waits unless its answer decides no outcome.
_BUSY: Final = _row(_UNAVAILABLE, {Stage.RUNNING: ADDED, Stage.ANALYSIS: UPDATED, Stage.WEBSOCKET: ADDED})


def _only(stage: Stage, outcome: str) -> Row:
    return _row(dict.fromkeys(Stage, CANNOT_OCCUR), {stage: outcome})


def _refused_row(outcome: str) -> Row:
    """Return the row of a refusal of questions and commands."""
    questions = (Stage.LOOKUP_BEFORE, Stage.SCAN, Stage.LOOKUP_AFTER, Stage.REFRESH)
    return _row(_FAILING, dict.fromkeys(questions, outcome))


_TOKEN: Final = _row(
    _refused_row(FORBIDDEN),
    {Stage.CONNECTING: WAITS_FOR_TOKEN, Stage.EVERYTHING: WAITS_FOR_TOKEN, Stage.LIBRARIES: WAITS_FOR_TOKEN},
)

OUTCOMES: Final[Mapping[str, Row]] = MappingProxyType(
    {
        **dict.fromkeys(KINDS, _FAILING),
        "connection refused": _UNAVAILABLE,
        "Plex crashes": _UNAVAILABLE,
        "connection reset after Plex processed the request": _row(_FAILING, {Stage.SCAN: ADDED}),
        "response that stalls halfway": _row(_FAILING, _PROCESSED),
        "response cut off": _row(_FAILING, _PROCESSED),
        "truncated XML": _row(_FAILING, _PROCESSED),
        "XML from another program": _row(_FAILING, _NOT_PROCESSED),
        "web page": _row(_FAILING, _NOT_PROCESSED),
        "empty response": _row(_FAILING, _NOT_PROCESSED),
        "empty list": _row(
            _FAILING,
            {
                Stage.VISIBILITY: NOT_OBSERVED,
                **_NOT_PROCESSED,
            },
        ),
        "400": _refused_row(REFUSED),
        "401": _TOKEN,
        "403": _refused_row(FORBIDDEN),
        "404": _row(_FAILING, {Stage.REFRESH: SCANNED}),
        "405": _refused_row(REFUSED),
        "413": _refused_row(REFUSED),
        "429": _BUSY,
        "429 with Retry-After": _BUSY,
        "498": _TOKEN,
        "starting up": _BUSY,
        "another server": _UNAVAILABLE,
        "expired certificate": _UNAVAILABLE,
        "certificate for another name": _UNAVAILABLE,
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

# The cells with a scan wider than the folder, because Plex refuses to scan the folder.
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
    """Return the validation timeout in seconds for a cell; it is short if it ends the request."""
    if (kind, stage) == ("empty list", Stage.EVERYTHING):
        return 5.0  # the outage is only noticed after the timeout
    return 1.0 if OUTCOMES[kind][stage] in _ENDS_WITH_TIME else 60.0
