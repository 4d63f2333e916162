"""The rule for scanning a wider folder than the narrowest."""

from ...libraries.mounts import Mount
from ...timing import Timing
from .evidence import Evidence, Known, Listing, Observed, Sight
from .scan_scope import Rung
from .steps import AskOthers, Scan, Step


def widen(e: Evidence, _: Timing) -> Step | None:
    """A wider scan needs a cause: the narrow one ran, and Plex sees a file that it should have taken."""
    if e.wider is None or e.observed is not Observed.SEEN or not e.name_taken or e.time_left <= 0:
        return None
    if e.gone:
        # A scan of the location is for folders directly below it that are gone.
        return Scan(e.wider) if e.wider is not Rung.LOCATION else None
    if e.listing is not Listing.ABSENT or e.sight is not Sight.SEEN or e.taken_elsewhere:
        return None
    if e.mount is not Mount.PRESENT:
        return None
    if e.others_known is Known.UNASKED:
        return AskOthers()
    if e.others_known is Known.YES or (e.wider is Rung.LOCATION and e.location_wait > 0):
        return None
    return Scan(e.wider)
