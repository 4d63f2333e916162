"""What Plex's websocket says, as small facts. Hints only say when to look; they prove nothing."""

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
    """Something began, went on or ended. `section` is None while the server has not said for which library."""

    event: str
    uuid: str
    type: str
    section: int | None


@dataclass(frozen=True, slots=True)
class TimelineEvent:
    """An item changed its state.

    State 5 does not mean that Plex is done as long as there is a `media_state`: "analyzing" and "thumbnailing" follow
    (recorded in croneter/PlexKodiConnect#360).
    """

    section: int
    item: int
    state: int
    media_state: str | None = None


@dataclass(frozen=True, slots=True)
class ScanCompleteEvent:
    """Some scan of some library ended."""


@dataclass(frozen=True, slots=True)
class ConnectionEvent:
    """The websocket itself was connected, or lost."""

    connected: bool


PlexEvent = ActivityEvent | TimelineEvent | ScanCompleteEvent | ConnectionEvent


def read(frame: Any) -> Iterator[PlexEvent]:
    """Read a websocket frame's JSON. What is unknown, malformed or about television guides gives nothing."""
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
        # The server writes these numbers as text or as numbers, by version.
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
    except TypeError, ValueError, OverflowError:  # Infinity is JSON to Python
        return None
