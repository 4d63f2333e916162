"""Websocket frames: every recorded shape and version, and malformed ones."""

import json
from typing import Any

import pytest

from custom_components.plex_smart_scan.scanner.plex.events import (
    PROCESSED,
    ActivityEvent,
    PlexEvent,
    ScanCompleteEvent,
    TimelineEvent,
    read,
)

SCAN: dict[str, Any] = {
    "uuid": "d6199ba1",
    "type": "library.update.section",
    "cancellable": False,
    "userID": 1,
    "title": "Scanning Movies",
    "subtitle": "Film A",
    "progress": 42,
}
ENTRY: dict[str, Any] = {
    "identifier": "com.plexapp.plugins.library",
    "sectionID": "1",
    "itemID": "10141",
    "type": 1,
    "title": "Film A",
    "state": 0,
    "metadataState": "created",
    "mediaState": "analyzing",
    "updatedAt": 1790301266,
}


def frame(kind: str, key: str, *entries: Any) -> Any:
    """Return a frame as the server sends it, parsed from JSON."""
    return json.loads(json.dumps({"NotificationContainer": {"type": kind, "size": len(entries), key: entries}}))


def activity(event: str, **changed: Any) -> Any:
    """Make an activity's frame."""
    return frame("activity", "ActivityNotification", {"event": event, "uuid": "d6199ba1", "Activity": SCAN | changed})


@pytest.mark.parametrize("section", ["12", 12])
@pytest.mark.parametrize("event", ["updated", "ended"])
def test_library_id_can_be_text_or_a_number(event: str, section: str | int) -> None:
    """An activity names its library as text or as a number."""
    assert list(read(activity(event, Context={"librarySectionID": section}))) == [
        ActivityEvent(event, "d6199ba1", "library.update.section", 12)
    ]


@pytest.mark.parametrize(
    "changed",
    [{}, {"Context": None}, {"Context": {}}, {"Context": []}, {"Context": {"librarySectionID": "many"}}],
    ids=["no context", "null", "empty", "list", "no number"],
)
def test_first_event_of_a_scan_has_no_library(changed: dict[str, Any]) -> None:
    """The first event names no library; one about a second later does."""
    assert list(read(activity("started", **changed))) == [
        ActivityEvent("started", "d6199ba1", "library.update.section", None)
    ]


def test_frame_without_a_uuid_has_that_of_its_activity() -> None:
    """A frame without its own uuid has that of its activity."""
    found = list(read(frame("activity", "ActivityNotification", {"event": "ended", "Activity": SCAN})))

    assert found == [ActivityEvent("ended", "d6199ba1", "library.update.section", None)]


@pytest.mark.parametrize(
    ("changed", "hint"),
    [
        ({}, TimelineEvent(1, 10141, 0, "analyzing")),
        ({"sectionID": 1, "itemID": 10141, "state": 5}, TimelineEvent(1, 10141, 5, "analyzing")),
        ({"state": "9"}, TimelineEvent(1, 10141, 9, "analyzing")),
        ({"state": 1}, TimelineEvent(1, 10141, 1, "analyzing")),
    ],
    ids=["text", "numbers", "deleted", "no agent"],
)
def test_timeline_ids_and_states_can_be_text_or_numbers(changed: dict[str, Any], hint: TimelineEvent) -> None:
    """Ids and states are text or numbers, by version."""
    assert list(read(frame("timeline", "TimelineEntry", ENTRY | changed))) == [hint]


def test_section_zero_is_valid() -> None:
    """Zero is a number like any other."""
    assert list(read(frame("timeline", "TimelineEntry", ENTRY | {"sectionID": 0, "itemID": 0}))) == [
        TimelineEvent(0, 0, 0, "analyzing")
    ]


@pytest.mark.parametrize(
    "changed",
    [
        {"identifier": "tv.plex.providers.epg.cloud:4"},
        {"sectionID": None},
        {"itemID": "abc"},
        {"state": {}},
        {"state": ""},
    ],
    ids=["guide", "no section", "no item", "state is no number", "no state"],
)
def test_other_timeline_entries_are_ignored(changed: dict[str, Any]) -> None:
    """Entries of television guides and those without numbers are ignored; others in the frame are not."""
    found = list(read(frame("timeline", "TimelineEntry", ENTRY | changed, ENTRY)))

    assert found == [TimelineEvent(1, 10141, 0, "analyzing")]


@pytest.mark.parametrize("identifier", [{}, {"identifier": None}, {"identifier": ""}], ids=["missing", "null", "empty"])
def test_entry_without_identifier_belongs_to_the_library(identifier: dict[str, Any]) -> None:
    """It belongs to the library: only other agents identify themselves."""
    entry = {key: value for key, value in ENTRY.items() if key != "identifier"} | identifier

    assert list(read(frame("timeline", "TimelineEntry", entry))) == [TimelineEvent(1, 10141, 0, "analyzing")]


def test_state_5_without_a_media_state_ends_an_analysis() -> None:
    """State 5 comes with each step, at last without a media state (croneter/PlexKodiConnect#360)."""
    done = {key: value for key, value in ENTRY.items() if key != "mediaState"} | {"state": 5}
    steps = [done | {"mediaState": "analyzing"}, done | {"mediaState": "thumbnailing"}, done]

    found = list(read(frame("timeline", "TimelineEntry", *steps)))

    assert found == [TimelineEvent(1, 10141, PROCESSED, step) for step in ("analyzing", "thumbnailing", None)]


@pytest.mark.parametrize("value", [None, "", 5, [], {}], ids=repr)
def test_media_state_that_is_not_text_is_ignored(value: Any) -> None:
    """It counts as none."""
    entry = ENTRY | {"mediaState": value}

    assert list(read(frame("timeline", "TimelineEntry", entry))) == [TimelineEvent(1, 10141, 0)]


def test_scan_complete_status_has_no_library() -> None:
    """The status that Home Assistant's own plex integration uses; it names no library."""
    status = {"title": "Library scan complete", "description": "…", "notificationName": "LIBRARY_UPDATE"}

    assert list(read(frame("status", "StatusNotification", status))) == [ScanCompleteEvent()]
    assert list(read(frame("status", "StatusNotification", status | {"title": "Other"}))) == []


def test_entries_of_a_frame_are_read_in_order() -> None:
    """The entries of a frame are read in order."""
    states = [entry.state for entry in read(timeline(0, 2, 3, 5)) if isinstance(entry, TimelineEvent)]

    assert states == [0, 2, 3, 5]


def timeline(*states: int) -> Any:
    """Make a frame of several timeline entries."""
    return frame("timeline", "TimelineEntry", *(ENTRY | {"state": state} for state in states))


@pytest.mark.parametrize(
    "other",
    [
        frame("progress", "ProgressNotification", {"message": "Scanning folder"}),
        frame("backgroundProcessingQueue", "BackgroundProcessingQueueEventNotification", {"queueID": 1}),
        frame("preference", "Setting", {"id": "x", "type": "bool", "value": True}),
        frame("reachability", "ReachabilityNotification", {"reachability": True}),
        frame("playing", "PlaySessionStateNotification", {"sessionKey": "1", "state": "playing"}),
        # The event source's shape, without its wrapper.
        {"TimelineEntry": ENTRY},
        {"NotificationContainer": None},
        {"NotificationContainer": []},
        {"NotificationContainer": {"ActivityNotification": None, "TimelineEntry": "x", "StatusNotification": 5}},
        {"NotificationContainer": {"ActivityNotification": {"event": "ended", "Activity": SCAN}}},
        {"NotificationContainer": {"ActivityNotification": [None, 1, "x", [], {"Activity": None}, {"event": "ended"}]}},
        {},
        [],
        None,
        "text",
        5,
    ],
    ids=lambda value: json.dumps(value)[:40],
)
def test_other_and_malformed_notifications_are_ignored(other: Any) -> None:
    """Other notifications and malformed ones are ignored."""
    found: list[PlexEvent] = list(read(other))

    assert found == []


def test_infinity_is_not_an_item() -> None:
    """Python reads `Infinity` as JSON; it is no item."""
    assert list(read(json.loads(json.dumps(timeline(0)).replace('"10141"', "Infinity")))) == []
