"""The websocket: connecting, disconnecting and reconnecting, and frames that cannot be read."""

import asyncio
from collections.abc import Iterator
from typing import Any

import aiohttp
import pytest

from custom_components.plex_smart_scan.scanner.plex import events
from custom_components.plex_smart_scan.scanner.plex.events import ConnectionEvent, PlexEvent
from custom_components.plex_smart_scan.scanner.plex.websocket import PlexWebsocket
from custom_components.plex_smart_scan.scanner.plex.xml import Activity
from tests.fake_plex import FakePlex, Fault

from .conftest import SCAN_COMPLETE, Activities, until

WEBSOCKET = "/:/websockets/notifications"


def scan(uuid: str, section: int | None = 1) -> Activity:
    """Make the activity of a scan."""
    return Activity(uuid, events.SCAN, section)


@pytest.mark.usefixtures("running")
async def test_connected_when_the_activities_are_known(
    fake_plex: FakePlex, websocket: PlexWebsocket, activities: Activities, reports: list[PlexEvent]
) -> None:
    """Until the activities are known, a scan may be running; then exactly the reported ones are."""
    activities.answering.clear()
    activities.running = (scan("a"),)
    await fake_plex.wait_websocket()
    await until(lambda: activities.questions == 1)

    assert not websocket.connected
    assert websocket.any_scan_running
    assert websocket.scanned_sections == frozenset()
    assert reports == []

    activities.answering.set()
    await until(lambda: websocket.connected)
    assert websocket.scanned_sections == {1}
    assert reports[-1] == ConnectionEvent(connected=True)


@pytest.mark.usefixtures("running")
async def test_failed_query_for_activities_is_repeated(websocket: PlexWebsocket, activities: Activities) -> None:
    """The activities are requested until the server reports them."""
    activities.failures = 3

    await until(lambda: websocket.connected)

    assert activities.questions == 4
    assert not websocket.any_scan_running


@pytest.mark.usefixtures("running")
async def test_reconnection_discards_the_running_scans(
    fake_plex: FakePlex, websocket: PlexWebsocket, activities: Activities, reports: list[PlexEvent]
) -> None:
    """Scans from before a disconnection may have ended; the disconnection and the reconnection are reported once."""
    activities.running = (scan("a"),)
    await until(lambda: websocket.connected)
    activities.answering.clear()
    fake_plex.faults.add(Fault("websocket_drop", times=1))
    await until(lambda: activities.questions == 2)
    assert websocket.scanned_sections == frozenset()

    activities.running = ()
    activities.answering.set()
    await until(lambda: websocket.connected)

    assert not websocket.any_scan_running
    assert [hint for hint in reports if isinstance(hint, ConnectionEvent)] == [
        ConnectionEvent(connected=True),
        ConnectionEvent(connected=False),
        ConnectionEvent(connected=True),
    ]


@pytest.mark.usefixtures("running")
async def test_simultaneous_queries_share_one_request(websocket: PlexWebsocket, activities: Activities) -> None:
    """Both callers get the response; one that is cancelled does not affect the other."""
    await until(lambda: websocket.connected)
    activities.answering.clear()
    activities.running = (scan("a"),)
    asking = [asyncio.create_task(websocket.refresh_scans()) for _ in range(3)]
    await until(lambda: activities.questions == 2)
    asking.pop().cancel()
    activities.answering.set()

    assert await asyncio.gather(*asking) == [True, True]
    assert activities.questions == 2
    assert websocket.scanned_sections == {1}


@pytest.mark.usefixtures("running")
async def test_query_ends_with_its_connection(
    fake_plex: FakePlex, websocket: PlexWebsocket, activities: Activities
) -> None:
    """The caller gets no response and no error."""
    await until(lambda: websocket.connected)
    activities.answering.clear()
    asking = asyncio.create_task(websocket.refresh_scans())
    await until(lambda: activities.questions == 2)
    fake_plex.faults.add(Fault("websocket_drop", times=1))

    assert await asking is False


@pytest.mark.usefixtures("running")
async def test_unexpected_error_in_a_frame_is_logged_once(
    fake_plex: FakePlex,
    websocket: PlexWebsocket,
    reports: list[PlexEvent],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """An unexpected error is logged once with a traceback; following frames are read on the same connection."""
    read = events.read

    def fail(frame: object) -> Iterator[PlexEvent]:
        return read(frame) if isinstance(frame, dict) else iter([1 // 0])  # type: ignore[list-item]

    monkeypatch.setattr(events, "read", fail)
    await until(lambda: websocket.connected)
    for _ in range(3):
        fake_plex.hub.send_text("[]", "activity")
    await fake_plex.send_notification(SCAN_COMPLETE)

    await until(lambda: events.ScanCompleteEvent() in reports)
    assert fake_plex.hub.accepted == 1
    assert [record.levelname for record in caplog.records if record.exc_info] == ["ERROR"]
    assert "ZeroDivisionError" in caplog.text


async def test_websocket_reconnects_after_an_unexpected_error(
    websocket: PlexWebsocket, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """An unexpected error is logged once with a traceback, and the websocket reconnects."""
    connect, tries = aiohttp.ClientSession.ws_connect, []

    def fail(session: aiohttp.ClientSession, *args: Any, **options: Any) -> Any:
        tries.append(args)
        return connect(session, *args, **options) if len(tries) > 3 else 1 // 0

    monkeypatch.setattr(aiohttp.ClientSession, "ws_connect", fail)
    task = asyncio.create_task(websocket.run())

    await until(lambda: websocket.connected)

    assert len(tries) == 4
    assert [record.levelname for record in caplog.records if record.exc_info] == ["ERROR"]
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


@pytest.mark.usefixtures("running")
async def test_failing_listener_does_not_affect_others(
    fake_plex: FakePlex, websocket: PlexWebsocket, reports: list[PlexEvent]
) -> None:
    """It does not end the connection either."""

    def fail(_hint: PlexEvent) -> None:
        raise ZeroDivisionError

    websocket.listen(fail)
    later: list[PlexEvent] = []
    websocket.listen(later.append)

    await until(lambda: websocket.connected)
    fake_plex.faults.add(Fault("websocket_drop", times=1))
    await until(lambda: len(reports) == 3)

    assert later == reports


async def test_redirected_websocket_is_not_followed(
    fake_plex: FakePlex, websocket: PlexWebsocket, activities: Activities
) -> None:
    """The token is sent to no other server; the websocket connects once the server itself responds."""
    elsewhere = FakePlex()
    await elsewhere.start()
    fake_plex.faults.add(Fault("redirect", to=elsewhere.url, path=WEBSOCKET, times=3))
    task = asyncio.create_task(websocket.run())

    await until(lambda: websocket.connected)

    assert fake_plex.stats.count(WEBSOCKET) == 4
    assert elsewhere.stats.requests == []
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await elsewhere.stop()


@pytest.mark.usefixtures("running")
async def test_disconnection_before_the_activities_is_reported(
    fake_plex: FakePlex, activities: Activities, reports: list[PlexEvent]
) -> None:
    """Listeners are notified: this may be the only sign of an outage."""
    activities.answering.clear()
    await until(lambda: activities.questions == 1)
    fake_plex.faults.add(Fault("websocket_drop", times=1))

    await until(lambda: bool(reports))

    assert reports[0] == ConnectionEvent(connected=False)
