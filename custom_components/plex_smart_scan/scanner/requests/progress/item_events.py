"""Websocket events about the items of one library, while a request waits for them."""

import asyncio

from ...libraries.index import Match
from ...plex.events import DELETED, PROCESSED, PlexEvent, TimelineEvent

_LISTED_WITHOUT_AGENT = 1  # the last state of an item in a library without a metadata agent (plexapi `alert.py`)


class ItemEvents:
    """Tracks the events about the items of one library. They only trigger look-ups; they are not a proof.

    `changed` is set when a look-up may find something new: an item was added, analyzed or deleted.
    """

    def __init__(self, match: Match) -> None:
        """Follow the library of a match."""
        self.changed = asyncio.Event()
        self.analysis_finished: set[int] = set()
        self.analysis_in_progress: set[int] = set()
        self._section = match.library.id
        self._done = {PROCESSED, DELETED}
        if match.library.agent.endswith(".none"):
            self._done.add(_LISTED_WITHOUT_AGENT)

    def handle(self, event: PlexEvent) -> None:
        """Handle an event. An item is finished once Plex reports no media state for it."""
        if not isinstance(event, TimelineEvent) or event.section != self._section:
            return
        if event.state in self._done and event.media_state is None:
            self.analysis_in_progress.discard(event.item)
            self.analysis_finished.add(event.item)
            self.changed.set()
        elif event.item not in self.analysis_in_progress:
            self.analysis_in_progress.add(event.item)
            self.analysis_finished.discard(event.item)
            self.changed.set()
