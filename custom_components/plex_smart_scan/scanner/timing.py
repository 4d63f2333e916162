"""How long the pipeline waits for what: all of it in one place."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """Waiting times, in seconds."""

    first_poll: float = 0.2
    """The first look without a websocket; each further one waits twice as long …"""
    slowest_poll: float = 5.0
    """… up to this."""
    hinted_poll: float = 3.0
    """The first look when the websocket would wake us anyway."""
    settle: float = 1.5
    """How long after its scan a file may take to appear: Plex's database is behind its scanner."""
    settle_limit: float = 15.0
    """How long to wait for an item's duration and title once it is listed; Plex reads the file after the scan."""
    no_start: float = 5.0
    """A scan of which nothing has begun by then was swallowed: Plex drops scans of folders it cannot see."""
    busy_check: float = 60.0
    """How often to ask again whether a busy library is still busy, in case the end of its scan was missed."""
    look_timeout: float = 10.0
    """How long a look at Home Assistant's own disks may take: a dead network mount hangs."""
