"""Timeline entries and the other frames of a scan."""

from typing import Any

from tests.fake_plex.models import TYPE_NUMBERS, FakeLibrary, Item
from tests.fake_plex.quirks import Quirks
from tests.fake_plex.websocket import NotificationHub

LIBRARY_IDENTIFIER = "com.plexapp.plugins.library"
EPG_IDENTIFIER = "tv.plex.providers.epg.xmltv"

CREATED, PROGRESS, MATCHING, DOWNLOADING, PROCESSING, PROCESSED, DELETED = 0, 1, 2, 3, 4, 5, 9
_METADATA_STATES = {
    CREATED: "created",
    PROGRESS: "progress",
    MATCHING: "matching",
    DOWNLOADING: "loading",
    PROCESSING: "processing",
    DELETED: "deleted",
}


class Timeline:
    """Sends frames about rows and scans to the websocket."""

    def __init__(self, hub: NotificationHub, quirks: Quirks) -> None:
        """Write to a hub."""
        self._hub = hub
        self._quirks = quirks

    def entry(self, item: Item, state: int, *, media_state: str | None = None) -> None:
        """Send the entry of one row; a processed one has no metadataState any more."""
        if not self._hub.listeners:
            return
        data: dict[str, Any] = {"identifier": LIBRARY_IDENTIFIER} if self._quirks.timeline_identifier else {}
        data |= {
            "sectionID": self._id(item.library.id),
            "itemID": self._id(item.rating_key),
            "type": TYPE_NUMBERS[item.type],
            "title": item.title,
            "state": str(state) if self._quirks.notification_numbers == "str" else state,
            "updatedAt": item.updated_at,
        }
        if item.parent is not None:
            data["parentItemID"] = self._id(item.parent.rating_key)
            data["rootItemID"] = self._id(item.top.rating_key)
        if state in _METADATA_STATES:
            data["metadataState"] = _METADATA_STATES[state]
        if media_state is not None:
            data["mediaState"] = media_state
        self._hub.send("timeline", "TimelineEntry", [data])

    def done(self, item: Item, *, media_state: str | None = None) -> None:
        """Send an entry with the last state of one row: in a library without an agent nothing is ever "processed".

        As long as it carries a mediaState ("analyzing", "thumbnailing") the row's files are still being worked on.
        """
        self.entry(item, PROCESSED if item.library.has_agent else PROGRESS, media_state=media_state)

    def programme_guide(self) -> None:
        """Send an entry that has nothing to do with any library, though its numbers look like it."""
        if self._quirks.epg_noise:
            entry = {
                "identifier": EPG_IDENTIFIER,
                "sectionID": self._id(1),
                "itemID": self._id(1),
                "type": TYPE_NUMBERS["episode"],
                "title": "The Evening News",
                "state": PROCESSED,
                "updatedAt": 1,
            }
            self._hub.send("timeline", "TimelineEntry", [entry])

    def progress(self, message: str) -> None:
        """Send a line about the scan's progress."""
        self._hub.send("progress", "ProgressNotification", [{"message": message}])

    def scan_complete(self, library: FakeLibrary) -> None:
        """Send the status that clients wait for; it names neither path nor section."""
        status = {
            "title": "Library scan complete",
            "description": f"Finished scanning {library.title}",
            "notificationName": "LIBRARY_UPDATE",
        }
        self._hub.send("status", "StatusNotification", [status])

    def queue_regenerated(self) -> None:
        """Send the end of background processing."""
        event = {"queueID": 1, "event": "queueRegenerated"}
        self._hub.send("backgroundProcessingQueue", "BackgroundProcessingQueueEventNotification", [event])

    def preference(self, setting: dict[str, Any]) -> None:
        """Send a changed preference."""
        self._hub.send("preference", "Setting", [setting])

    def _id(self, number: int) -> str | int:
        return number if self._quirks.notification_numbers == "int" else str(number)
