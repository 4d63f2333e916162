"""Events of Plex's websocket as dataclasses. They only trigger look-ups; they are not a proof."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

SCAN: Final = "library.update.section"
_LIBRARY: Final = "com.plexapp.plugins.library"
_SCAN_COMPLETE: Final = "Library scan complete"

# Timeline states (plexapi `alert.py`). A library without an agent stops at 1.
PROCESSED: Final = 5
DELETED: Final = 9


@dataclass(frozen=True, slots=True)
class ActivityEvent:
    """An activity started, progressed or ended. `section` is None until the server names the library."""

    event: str
    uuid: str
    type: str
    section: int | None


@dataclass(frozen=True, slots=True)
class TimelineEvent:
    """The state of an item changed.

    State 5 does not mean that Plex has finished while there is a `media_state`: "analyzing" and "thumbnailing" follow
    (recorded in croneter/PlexKodiConnect#360).
    """

    section: int
    item: int
    state: int
    media_state: str | None = None


@dataclass(frozen=True, slots=True)
class ScanCompleteEvent:
    """A scan of some library ended."""


@dataclass(frozen=True, slots=True)
class ConnectionEvent:
    """The websocket was connected or disconnected."""

    connected: bool


PlexEvent = ActivityEvent | TimelineEvent | ScanCompleteEvent | ConnectionEvent


def read(frame: Any) -> Iterator[PlexEvent]:
    """Read the events of a websocket frame. Unknown, malformed and television guide entries are ignored."""
    container = frame.get("NotificationContainer") if isinstance(frame, dict) else None
    if not isinstance(container, dict):
        return
    for entry in _dicts(container.get("ActivityNotification")):
        activity = entry.get("Activity")
        if isinstance(activity, dict):
            context = activity.get("Context")
            section = context.get("librarySectionID") if isinstance(context, dict) else None
            yield ActivityEvent(
                str(entry.get("event")),
                str(entry.get("uuid") or activity.get("uuid")),
                str(activity.get("type")),
                _whole(section),
            )
    for entry in _dicts(container.get("TimelineEntry")):
        # Depending on the version, the server sends these numbers as text or as numbers.
        section, item, state = (_whole(entry.get(key)) for key in ("sectionID", "itemID", "state"))
        if (entry.get("identifier") or _LIBRARY) == _LIBRARY and None not in {section, item, state}:
            yield TimelineEvent(section or 0, item or 0, state or 0, _text(entry.get("mediaState")))
    for entry in _dicts(container.get("StatusNotification")):
        if entry.get("title") == _SCAN_COMPLETE:
            yield ScanCompleteEvent()


def _dicts(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, list):
        yield from (entry for entry in value if isinstance(entry, dict))


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _whole(value: Any) -> int | None:
    try:
        return int(value)
    except TypeError, ValueError, OverflowError:  # Python's JSON parser accepts Infinity
        return None
