"""The websocket with floods, large and unreadable frames."""

from typing import Any

import pytest

from custom_components.plex_smart_scan.scanner.plex import events
from custom_components.plex_smart_scan.scanner.plex.events import ConnectionEvent, PlexEvent
from custom_components.plex_smart_scan.scanner.plex.websocket import PlexWebsocket
from tests.fake_plex import FakePlex

from .conftest import SCAN_COMPLETE, until


def scan_frame(event: str, number: int) -> dict[str, Any]:
    """Make a frame about the activity of a scan."""
    activity = {"uuid": str(number), "type": events.SCAN, "Context": {"librarySectionID": "1"}}
    entry = {"event": event, "uuid": str(number), "Activity": activity}
    return {"type": "activity", "size": 1, "ActivityNotification": [entry]}


@pytest.mark.usefixtures("running")
@pytest.mark.parametrize("frame", ["[" * 200_000, '{"a":' * 40_000, "1" * 200_000, ""])
async def test_unreadable_frame_does_not_end_the_connection(
    fake_plex: FakePlex, websocket: PlexWebsocket, reports: list[PlexEvent], frame: str
) -> None:
    """A frame that cannot be read is ignored; the next one is read on the same connection."""
    await until(lambda: websocket.connected)

    fake_plex.hub.send_text(frame, "activity")
    await fake_plex.send_notification(SCAN_COMPLETE)

    await until(lambda: events.ScanCompleteEvent() in reports)
    assert fake_plex.hub.accepted == 1


@pytest.mark.usefixtures("running")
async def test_flood_of_scans_does_not_fill_the_memory(
    fake_plex: FakePlex, websocket: PlexWebsocket, reports: list[PlexEvent]
) -> None:
    """A server that reports scans without an end is followed for a number of them, and the ends are reported."""
    await until(lambda: websocket.connected)
    for number in range(1100):
        await fake_plex.send_notification(scan_frame("started", number))
    await fake_plex.send_notification(SCAN_COMPLETE)
    await until(lambda: events.ScanCompleteEvent() in reports)

    assert len(websocket._scans) == 1000
    assert len([report for report in reports if isinstance(report, events.ActivityEvent)]) == 1000

    for number in range(1100):
        await fake_plex.send_notification(scan_frame("ended", number))
    await until(lambda: not websocket.any_scan_running)


@pytest.mark.usefixtures("running")
async def test_large_frame_ends_the_connection(
    fake_plex: FakePlex, websocket: PlexWebsocket, reports: list[PlexEvent]
) -> None:
    """It is not parsed, since that would hold the event loop; the websocket reconnects."""
    await until(lambda: websocket.connected)

    fake_plex.hub.send_text("[" + "[]," * 200_000 + "[]]", "activity")

    await until(lambda: ConnectionEvent(connected=False) in reports)
    await until(lambda: websocket.connected)
    assert fake_plex.hub.accepted == 2
