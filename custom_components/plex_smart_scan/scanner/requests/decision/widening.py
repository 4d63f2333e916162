"""The rule for widening a scan."""

from ...libraries.mount_state import MountState
from ...timing import Timing
from .evidence import Evidence, Listing, Observed, PlexVisibility, SiblingsListed
from .scan_scope import ScanScope
from .step_types import CheckSiblings, Scan, Step


def widen(e: Evidence, _: Timing) -> Step | None:
    """Scan a parent folder if an observed scan did not list a visible file, or did not remove a path that is gone.

    Rules above in the table ensure that 10 s have passed since the scan, and that the mount of a removal is present.
    """
    if e.wider is None or e.observed is not Observed.YES or e.time_left <= 0:
        return None
    if e.gone:
        # A scan of the location is needed only if a first-level folder was removed: it is the first scan then.
        return Scan(e.wider) if e.wider is not ScanScope.LOCATION else None
    if e.listing is not Listing.ABSENT or e.visibility is not PlexVisibility.VISIBLE or e.found_in_other_library:
        return None
    if not e.name_is_indexed or e.mount is not MountState.PRESENT:
        return None  # a name that Plex ignores, or a folder: its name does not show whether Plex lists anything in it
    if e.siblings_listed is SiblingsListed.NOT_CHECKED:
        return CheckSiblings()
    if e.siblings_listed is SiblingsListed.YES:
        return None  # Plex lists other files of the folder, so it has read it: a wider scan would not find more
    if e.wider is ScanScope.LOCATION and e.location_wait > 0:
        return None
    return Scan(e.wider)
