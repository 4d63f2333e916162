"""What the websocket says about the items of a library while a request waits for them."""

import asyncio

from ...libraries.index import Match
from ...plex.events import DELETED, PROCESSED, PlexEvent, TimelineEvent

_LISTED_WITHOUT_AGENT = 1  # the last state of an item in a library without a metadata agent (plexapi `alert.py`)


class ItemEvents:
    """Follows the items of one library. Events only say when to look; they prove nothing.

    `changed` is set when a look may find something new: an item appeared, was processed, or was deleted.
    """

    def __init__(self, match: Match) -> None:
        """Listen for one library."""
        self.changed = asyncio.Event()
        self.processed: set[int] = set()
        self.under_way: set[int] = set()
        self._section = match.library.id
        self._done = {PROCESSED, DELETED}
        if match.library.agent.endswith(".none"):
            self._done.add(_LISTED_WITHOUT_AGENT)

    def handle(self, event: PlexEvent) -> None:
        """Handle an event. An item is done only once Plex names no media state any more."""
        if not isinstance(event, TimelineEvent) or event.section != self._section:
            return
        if event.state in self._done and event.media_state is None:
            self.under_way.discard(event.item)
            self.processed.add(event.item)
            self.changed.set()
        elif event.item not in self.under_way:
            self.under_way.add(event.item)
            self.processed.discard(event.item)
            self.changed.set()
