"""The steps that a decision can name."""

from dataclasses import dataclass

from ...models import Outcome, Reason
from .scan_scope import Rung


@dataclass(frozen=True, slots=True)
class Look:
    """Ask Plex what it lists for the path: at once the first time, later after the usual pause."""


@dataclass(frozen=True, slots=True)
class AskSight:
    """Ask Plex whether it sees the path on its disk."""


@dataclass(frozen=True, slots=True)
class AskMount:
    """Ask Plex whether the disk of the location is there."""


@dataclass(frozen=True, slots=True)
class AskOthers:
    """Ask Plex whether it lists other files in the folder."""


@dataclass(frozen=True, slots=True)
class WaitVisible:
    """Wait for the next answer about what Plex sees in the folder."""


@dataclass(frozen=True, slots=True)
class WaitMount:
    """Wait until the disk of the location is back."""


@dataclass(frozen=True, slots=True)
class WaitStill:
    """Wait until the file has stopped growing."""


@dataclass(frozen=True, slots=True)
class WaitTurn:
    """Wait until another scan of the whole location is allowed; `seconds` at most."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Scan:
    """Have a folder scanned, after `pause` seconds."""

    rung: Rung
    pause: float = 0.0


@dataclass(frozen=True, slots=True)
class Restart:
    """Begin again with all the time there was: the server was away."""


@dataclass(frozen=True, slots=True)
class RequestAnalysis:
    """Have a replaced file read again: Plex goes on showing the old duration and streams."""


@dataclass(frozen=True, slots=True)
class RefreshBeside:
    """Have the items beside a sidecar file read their local files again."""


@dataclass(frozen=True, slots=True)
class Finish:
    """End with an outcome."""

    outcome: Outcome
    reason: Reason | None = None


type Step = (
    Look
    | AskSight
    | AskMount
    | AskOthers
    | WaitVisible
    | WaitMount
    | WaitStill
    | WaitTurn
    | Scan
    | Restart
    | RequestAnalysis
    | RefreshBeside
    | Finish
)
