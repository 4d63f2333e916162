"""The steps that a decision can name."""

from dataclasses import dataclass

from ...models import Outcome, Reason
from .scan_scope import ScanScope


@dataclass(frozen=True, slots=True)
class LookUp:
    """Ask Plex what it lists for the path: at once the first time, later after the usual pause."""


@dataclass(frozen=True, slots=True)
class CheckVisibility:
    """Ask Plex whether it sees the path on its disk."""


@dataclass(frozen=True, slots=True)
class CheckMount:
    """Ask Plex whether the disk of the location is there."""


@dataclass(frozen=True, slots=True)
class CheckSiblings:
    """Ask Plex whether it lists other files in the folder."""


@dataclass(frozen=True, slots=True)
class WaitUntilVisible:
    """Wait for the next answer about what Plex sees in the folder."""


@dataclass(frozen=True, slots=True)
class WaitForMount:
    """Wait until the disk of the location is back."""


@dataclass(frozen=True, slots=True)
class WaitUntilStable:
    """Wait until the file has stopped growing."""


@dataclass(frozen=True, slots=True)
class WaitForLocationScan:
    """Wait until another scan of the whole location is allowed; `seconds` at most."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Scan:
    """Have a folder scanned, after `pause` seconds."""

    scope: ScanScope
    pause: float = 0.0


@dataclass(frozen=True, slots=True)
class Restart:
    """Begin again with all the time there was: the server was away."""


@dataclass(frozen=True, slots=True)
class RequestAnalysis:
    """Have a replaced file read again: Plex goes on showing the old duration and streams."""


@dataclass(frozen=True, slots=True)
class RefreshSidecarItems:
    """Have the items beside a sidecar file read their local files again."""


@dataclass(frozen=True, slots=True)
class Finish:
    """End with an outcome."""

    outcome: Outcome
    reason: Reason | None = None


type Step = (
    LookUp
    | CheckVisibility
    | CheckMount
    | CheckSiblings
    | WaitUntilVisible
    | WaitForMount
    | WaitUntilStable
    | WaitForLocationScan
    | Scan
    | Restart
    | RequestAnalysis
    | RefreshSidecarItems
    | Finish
)
