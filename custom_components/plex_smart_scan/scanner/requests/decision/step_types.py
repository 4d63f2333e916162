"""The steps that a decision can return."""

from dataclasses import dataclass
import math

from ...models import Outcome, Reason
from .scan_scope import ScanScope


@dataclass(frozen=True, slots=True)
class LookUp:
    """Look up what Plex lists for the path: the first time at once, later after the usual pause."""

    within: float = math.inf
    """The longest pause in seconds: from then on, the time that has passed decides."""


@dataclass(frozen=True, slots=True)
class CheckVisibility:
    """Check whether Plex sees the path on its own disk."""


@dataclass(frozen=True, slots=True)
class CheckMount:
    """Check whether the locations that the scan would read are mounted."""


@dataclass(frozen=True, slots=True)
class CheckSiblings:
    """Check whether Plex lists other files in the folder."""


@dataclass(frozen=True, slots=True)
class WaitForNextView:
    """Wait for the next view of the folder on Plex's disk. `reason` is the reason of the pending request."""

    reason: Reason


@dataclass(frozen=True, slots=True)
class WaitForMount:
    """Wait until the missing mount is back."""


@dataclass(frozen=True, slots=True)
class WaitUntilStable:
    """Wait until the file has stopped growing."""


@dataclass(frozen=True, slots=True)
class WaitForNextScan:
    """Wait until the location, or the path, may be scanned again, for at most `seconds`, and keep looking it up."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Scan:
    """Scan the folder at a scope."""

    scope: ScanScope


@dataclass(frozen=True, slots=True)
class Restart:
    """Start over, with the whole validation timeout."""


@dataclass(frozen=True, slots=True)
class RequestAnalysis:
    """Ask Plex to analyze a replaced file: otherwise it keeps the old duration and streams."""


@dataclass(frozen=True, slots=True)
class RefreshSidecarItems:
    """Ask Plex to refresh the items that a sidecar file belongs to."""


@dataclass(frozen=True, slots=True)
class Finish:
    """End with an outcome."""

    outcome: Outcome
    reason: Reason | None = None


type Action = (
    LookUp
    | CheckVisibility
    | CheckMount
    | CheckSiblings
    | WaitForNextView
    | WaitForMount
    | WaitUntilStable
    | WaitForNextScan
    | Scan
    | Restart
    | RequestAnalysis
    | RefreshSidecarItems
)
"""A step that is carried out, after which the next one is decided."""

type Step = Action | Finish
