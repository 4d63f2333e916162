"""The rule for widening a scan."""

from ...libraries.mount_state import MountState
from ...timing import Timing
from .evidence import Evidence, Listing, Observed, PlexVisibility, SiblingsListed
from .scan_scope import ScanScope
from .step_types import CheckSiblings, Scan, Step


def widen(e: Evidence, _: Timing) -> Step | None:
    """Scan a parent folder if Plex ran the narrow scan and sees a file that it should have listed by now."""
    if e.wider is None or e.observed is not Observed.SEEN or not e.name_is_indexed or e.time_left <= 0:
        return None
    if e.gone:
        # Only the removal of a folder directly below the location needs a scan of the location.
        return Scan(e.wider) if e.wider is not ScanScope.LOCATION else None
    if e.listing is not Listing.ABSENT or e.visibility is not PlexVisibility.SEEN or e.found_in_other_library:
        return None
    if e.mount is not MountState.PRESENT:
        return None
    if e.siblings_listed is SiblingsListed.NOT_CHECKED:
        return CheckSiblings()
    if e.siblings_listed is SiblingsListed.YES or (e.wider is ScanScope.LOCATION and e.location_wait > 0):
        return None
    return Scan(e.wider)
