"""How long the engine waits: every waiting time with its reason."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """Waiting times, in seconds."""

    lookup_pauses: tuple[float, ...] = (0.08, 0.09, 0.09)
    """The pauses before the first look-ups after a scan was requested; a fast server lists within 0.1 s."""
    lookup_interval: float = 0.09
    """The pause before the following look-ups, so that a result is a fraction of a second behind Plex."""
    websocket_lookup_pauses: tuple[float, ...] = (0.1, 0.15, 0.25, 0.5, 1.0, 2.0)
    """The pauses between look-ups while the websocket is expected to announce the end of a scan or an analysis.

    They only matter if an event is missed; the last one repeats.
    """
    fast_lookups: float = 5.0
    """How long look-ups follow each other that closely, from the request of a scan and again from its end."""
    slowest_lookup: float = 2.0
    """The longest pause between two look-ups; the pauses double after the fast ones."""
    late_listing: float = 10.0
    """How long Plex can take to list what a scan has read: its database lags behind its scanner."""
    ignored_after: float = 30.0
    """How long after an observed scan a file that Plex sees but does not list counts as ignored."""
    quiet_period: float = 1.5
    """How long nothing may change before a folder whose files are unknown counts as completely listed."""
    analysis_timeout: float = 15.0
    """How long to wait for the duration of an item: Plex analyzes a file after listing it."""
    visibility_pauses: tuple[float, ...] = (1.0, 2.0, 4.0, 8.0, 15.0)
    """The pauses between checks whether Plex sees a file; the last one repeats.

    Network mounts show a new file after 15 s to 2 min.
    """
    view_max_age: float = 1.0
    """How old a view of a folder on Plex's disk may be to serve another request."""
    mount_pauses: tuple[float, ...] = (5.0, 10.0, 20.0, 30.0)
    """The pauses between checks whether a missing mount is back; the last one repeats."""
    mount_max_age: float = 3.0
    """How old the check of a mount may be when a scan would read it."""
    sample_max_age: float = 600.0
    """How long the sample of files that Plex lists in a location is used."""
    removal_grace: float = 30.0
    """How long a file that was reported removed may still be visible: network mounts cache their folders."""
    stable_time: float = 2.0
    """How long a growing file must keep its size and time to count as complete."""
    lost_scan_pauses: tuple[float, ...] = (2.0, 5.0, 10.0, 20.0)
    """The pauses before a lost scan is requested again; the last one repeats."""
    location_scan_interval: float = 600.0
    """The time between scans of a location that look for a file which narrower scans did not find."""
    location_removal_interval: float = 60.0
    """The time between scans of a location that look for removed folders."""
    many_scans_interval: float = 60.0
    """The time between further scans for a request that has needed many."""
    same_report: float = 2.0
    """How far apart reports can be that describe one change, such as "import" and "import complete"."""
    start_timeout: float = 5.0
    """How long to wait for a scan to start: Plex drops some that follow each other closely."""
    next_scan_delay: float = 1.0
    """How long the next scan waits for the current one to start."""
    first_poll: float = 0.2
    """The first pause between questions about running scans without a websocket; each further one is twice as long."""
    slowest_poll: float = 5.0
    """The longest of these pauses."""
    busy_check_interval: float = 60.0
    """How often to check a busy library again, in case the event about the end of its scan was missed."""
    disk_timeout: float = 10.0
    """How long Home Assistant's own disk may take to respond: a dead network mount never does."""


def pause_after(pauses: Sequence[float], seconds: float) -> float:
    """Return the pause that a time falls into if the pauses follow each other from 0 on; the last one repeats."""
    ends = zip(pauses, accumulate(pauses), strict=True)
    return next((pause for pause, end in ends if seconds < end), pauses[-1])


def nth_pause(pauses: Sequence[float], number: int) -> float:
    """Return the pause before attempt `number` (from 0); the last one repeats."""
    return pauses[min(number, len(pauses) - 1)]
