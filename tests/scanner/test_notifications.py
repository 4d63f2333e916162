"""The websocket's life: made, lost, made again; what is known meanwhile, and what no frame may break."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import aiohttp
import pytest

from custom_components.plex_smart_scan.scanner import hints
from custom_components.plex_smart_scan.scanner.answers import Activity
from custom_components.plex_smart_scan.scanner.gateway import Access
from custom_components.plex_smart_scan.scanner.hints import ConnectionHint, Hint
from custom_components.plex_smart_scan.scanner.notifications import Notifications
from custom_components.plex_smart_scan.scanner.retry import ErrorKind, PlexError
from tests.fake_plex import FakePlex, Fault

from .conftest import NoWaiting

WEBSOCKET = "/:/websockets/notifications"
SCAN_COMPLETE = {"type": "status", "size": 1, "StatusNotification": [{"title": "Library scan complete"}]}


class Activities:
    """Answers what the server is doing, when a test lets it."""

    def __init__(self) -> None:
        """Begin with a server that does nothing, and says so at once."""
        self.running: tuple[Activity, ...] = ()
        self.failures = 0
        self.questions = 0
        self.answering = asyncio.Event()
        self.answering.set()

    async def __call__(self) -> tuple[Activity, ...]:
        """Answer."""
        self.questions += 1
        await self.answering.wait()
        if self.failures:
            self.failures -= 1
            raise PlexError(ErrorKind.SERVER_ERROR, "Plex answered 500")
        return self.running


@pytest.fixture
def activities() -> Activities:
    """Return what the server says of itself."""
    return Activities()


@pytest.fixture
def told() -> list[Hint]:
    """Return the hints that were told."""
    return []


@pytest.fixture
async def notifications(fake_plex: FakePlex, activities: Activities, told: list[Hint]) -> AsyncIterator[Notifications]:
    """Return the notifications of the fake Plex, not begun yet."""
    async with aiohttp.ClientSession() as session:
        access = Access(url=fake_plex.url, token=fake_plex.token)
        notifications = Notifications(access, session, NoWaiting(), activities)
        notifications.listen(told.append)
        yield notifications


@pytest.fixture
async def running(notifications: Notifications) -> AsyncIterator[asyncio.Task[None]]:
    """Begin to listen; returns the work."""
    task = asyncio.create_task(notifications.run())
    yield task
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def until(condition: Callable[[], bool]) -> None:
    """Let everything go on until something is so."""
    while not condition():  # noqa: ASYNC110 - there is no event for an inner state
        await asyncio.sleep(0.001)


def scan(uuid: str, section: int | None = 1) -> Activity:
    """Make the activity of a scan."""
    return Activity(uuid, hints.SCAN, section)


@pytest.mark.usefixtures("running")
async def test_connected_once_the_server_has_told_what_runs(
    fake_plex: FakePlex, notifications: Notifications, activities: Activities, told: list[Hint]
) -> None:
    """Until then anything may run, though nothing is shown to; then exactly what the server said."""
    activities.answering.clear()
    activities.running = (scan("a"),)
    await fake_plex.wait_websocket()
    await until(lambda: activities.questions == 1)

    assert not notifications.connected
    assert notifications.scanning
    assert notifications.is_scanning(2)
    assert notifications.sections == frozenset()
    assert told == []

    activities.answering.set()
    await until(lambda: notifications.connected)
    assert [notifications.is_scanning(section) for section in (1, 2)] == [True, False]
    assert notifications.sections == {1}
    assert told[-1] == ConnectionHint(connected=True)


@pytest.mark.usefixtures("running")
async def test_server_that_does_not_tell_at_first_is_asked_again(
    notifications: Notifications, activities: Activities
) -> None:
    """What is unknown does not stay so."""
    activities.failures = 3

    await until(lambda: notifications.connected)

    assert activities.questions == 4
    assert not notifications.scanning


@pytest.mark.usefixtures("running")
async def test_reconnect_begins_anew(
    fake_plex: FakePlex, notifications: Notifications, activities: Activities, told: list[Hint]
) -> None:
    """What ran before the cut may be over; the loss and the return are told once each."""
    activities.running = (scan("a"),)
    await until(lambda: notifications.connected)
    activities.answering.clear()
    fake_plex.faults.add(Fault("websocket_drop", times=1))
    await until(lambda: activities.questions == 2)
    assert notifications.sections == frozenset()
    assert notifications.is_scanning(1)

    activities.running = ()
    activities.answering.set()
    await until(lambda: notifications.connected)

    assert not notifications.is_scanning(1)
    assert [hint for hint in told if isinstance(hint, ConnectionHint)] == [
        ConnectionHint(connected=True),
        ConnectionHint(connected=False),
        ConnectionHint(connected=True),
    ]


@pytest.mark.usefixtures("running")
async def test_asking_twice_at_once_is_one_question(notifications: Notifications, activities: Activities) -> None:
    """Both get its answer; who leaves early takes nothing from the other."""
    await until(lambda: notifications.connected)
    activities.answering.clear()
    activities.running = (scan("a"),)
    asking = [asyncio.create_task(notifications.learn()) for _ in range(3)]
    await until(lambda: activities.questions == 2)
    asking.pop().cancel()
    activities.answering.set()

    assert await asyncio.gather(*asking) == [True, True]
    assert activities.questions == 2
    assert notifications.is_scanning(1)


@pytest.mark.usefixtures("running")
async def test_question_does_not_outlive_its_connection(
    fake_plex: FakePlex, notifications: Notifications, activities: Activities
) -> None:
    """Who asked gets no answer, and no error either."""
    await until(lambda: notifications.connected)
    activities.answering.clear()
    asking = asyncio.create_task(notifications.learn())
    await until(lambda: activities.questions == 2)
    fake_plex.faults.add(Fault("websocket_drop", times=1))

    assert await asking is False


@pytest.mark.usefixtures("running")
@pytest.mark.parametrize("frame", ["[" * 200_000, '{"a":' * 200_000, "1" * 200_000, ""])
async def test_no_frame_ends_the_connection(
    fake_plex: FakePlex, notifications: Notifications, told: list[Hint], frame: str
) -> None:
    """What cannot be read is passed over; the next one is read on the same connection."""
    await until(lambda: notifications.connected)

    fake_plex.hub.send_text(frame, "activity")
    await fake_plex.send_notification(SCAN_COMPLETE)

    await until(lambda: hints.ScanCompleteHint() in told)
    assert fake_plex.hub.accepted == 1


@pytest.mark.usefixtures("running")
async def test_frame_that_we_stumble_over(
    fake_plex: FakePlex,
    notifications: Notifications,
    told: list[Hint],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """It is told once with its trace; the frames after it are read on the same connection."""
    read = hints.read

    def fail(frame: object) -> Iterator[Hint]:
        return read(frame) if isinstance(frame, dict) else iter([1 // 0])  # type: ignore[list-item]

    monkeypatch.setattr(hints, "read", fail)
    await until(lambda: notifications.connected)
    for _ in range(3):
        fake_plex.hub.send_text("[]", "activity")
    await fake_plex.send_notification(SCAN_COMPLETE)

    await until(lambda: hints.ScanCompleteHint() in told)
    assert fake_plex.hub.accepted == 1
    assert [record.levelname for record in caplog.records if record.exc_info] == ["ERROR"]
    assert "ZeroDivisionError" in caplog.text


async def test_connection_that_we_stumble_over(
    notifications: Notifications, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever goes wrong, it is told once with its trace, and a connection is tried for again."""
    connect, tries = aiohttp.ClientSession.ws_connect, []

    def fail(session: aiohttp.ClientSession, *args: Any, **options: Any) -> Any:
        tries.append(args)
        return connect(session, *args, **options) if len(tries) > 3 else 1 // 0

    monkeypatch.setattr(aiohttp.ClientSession, "ws_connect", fail)
    task = asyncio.create_task(notifications.run())

    await until(lambda: notifications.connected)

    assert len(tries) == 4
    assert [record.levelname for record in caplog.records if record.exc_info] == ["ERROR"]
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


@pytest.mark.usefixtures("running")
async def test_listener_that_fails_keeps_nothing_from_the_others(
    fake_plex: FakePlex, notifications: Notifications, told: list[Hint]
) -> None:
    """Nor does it end the connection."""

    def fail(_hint: Hint) -> None:
        raise ZeroDivisionError

    notifications.listen(fail)
    later: list[Hint] = []
    notifications.listen(later.append)

    await until(lambda: notifications.connected)
    fake_plex.faults.add(Fault("websocket_drop", times=1))
    await until(lambda: len(told) == 3)

    assert later == told


async def test_redirected_websocket_is_not_followed(
    fake_plex: FakePlex, notifications: Notifications, activities: Activities
) -> None:
    """The token goes nowhere but to the server it is meant for; once that one answers itself, all is well."""
    elsewhere = FakePlex()
    await elsewhere.start()
    fake_plex.faults.add(Fault("redirect", to=elsewhere.url, path=WEBSOCKET, times=3))
    task = asyncio.create_task(notifications.run())

    await until(lambda: notifications.connected)

    assert fake_plex.stats.count(WEBSOCKET) == 4
    assert elsewhere.stats.requests == []
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await elsewhere.stop()


@pytest.mark.usefixtures("running")
async def test_lost_before_the_server_has_told_what_runs(
    fake_plex: FakePlex, activities: Activities, told: list[Hint]
) -> None:
    """Whoever listens is told so too: that may be all that there is to notice of a server that goes away."""
    activities.answering.clear()
    await until(lambda: activities.questions == 1)
    fake_plex.faults.add(Fault("websocket_drop", times=1))

    await until(lambda: bool(told))

    assert told[0] == ConnectionHint(connected=False)
