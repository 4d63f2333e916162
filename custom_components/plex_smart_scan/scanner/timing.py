"""How long the engine waits for what: every waiting time in one place, with its reason."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """Waiting times, in seconds."""

    looks: tuple[float, ...] = (0.08, 0.09, 0.09)
    """The pauses between the first looks at what Plex lists; a fast server lists within the first tenths."""
    look_interval: float = 0.09
    """The pause between the following looks, so that an answer is a fraction of a second behind Plex."""
    announced_looks: tuple[float, ...] = (0.1, 0.15, 0.25, 0.5, 1.0, 2.0)
    """The pauses between looks while the websocket will announce the end of a scan or of an analysis; the last repeats.

    They only serve when it misses one.
    """
    fast_looks: float = 5.0
    """How long looks stay that close together, counted from the scan's request and again from its end."""
    slowest_look: float = 2.0
    """The longest pause between two looks, which double after the fast ones."""
    patience: float = 10.0
    """How long after a scan Plex may take to list what it read; its database lags behind its scanner."""
    conclusion: float = 30.0
    """After so long, a scan that was observed and a file that Plex sees but does not list mean: Plex ignores it."""
    quiet: float = 1.5
    """How long nothing may change before a folder of unknown contents counts as completely listed."""
    settle_limit: float = 15.0
    """How long to wait for the duration of an item that Plex is analyzing; it does that after listing it."""
    visible: tuple[float, ...] = (1.0, 2.0, 4.0, 8.0, 15.0)
    """The pauses between questions whether Plex sees a file yet (network mounts: 15 s to 2 min); the last repeats."""
    view_age: float = 1.0
    """How old an answer about a folder's contents may be when another request needs it."""
    mount: tuple[float, ...] = (5.0, 10.0, 20.0, 30.0)
    """The pauses between questions whether a missing mount is back; the last repeats."""
    mount_age: float = 3.0
    """How old an answer about a location may be when a scan would read it."""
    sample_age: float = 600.0
    """How long the first-level folders that Plex lists in a location stay known."""
    vanish: float = 30.0
    """How long a file that was reported removed may still be visible to Plex; network mounts cache folders."""
    still: float = 2.0
    """How long a growing file must keep its size and time before it counts as complete."""
    lost_scan: tuple[float, ...] = (2.0, 5.0, 10.0, 20.0)
    """The pauses before a scan that never ran is requested again; the last repeats."""
    location_scan: float = 600.0
    """How far apart scans of a location are that look for a file which narrower scans did not find."""
    location_removal: float = 60.0
    """How far apart scans of a location are that look for removed folders."""
    same_word: float = 2.0
    """How far apart words about a file may be that tell of the same change, as "import" and "import complete"."""
    no_start: float = 5.0
    """A scan that was not seen to begin by then was lost: Plex drops some that follow each other closely."""
    next_scan: float = 1.0
    """How long the next scan waits for the last one to begin."""
    first_poll: float = 0.2
    """The first question about running scans without a websocket; each further pause is twice as long …"""
    slowest_poll: float = 5.0
    """… up to this."""
    busy_check: float = 60.0
    """How often to ask again whether a busy library is still busy, in case the end of its scan was missed."""
    look_timeout: float = 10.0
    """How long Home Assistant's own disk may take to answer: a dead network mount hangs."""


def pause(pauses: Sequence[float], number: int) -> float:
    """Return the pause before try `number` (from 0); the last one repeats."""
    return pauses[min(number, len(pauses) - 1)]
