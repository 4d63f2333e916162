"""Which of the reported activities belongs to which requested scan."""

from functools import partial

from custom_components.plex_smart_scan.scanner.plex import events
from custom_components.plex_smart_scan.scanner.plex.events import ActivityEvent
from custom_components.plex_smart_scan.scanner.scans.monitor import ScanMonitor, ScanMonitors


def started(uuid: str) -> ActivityEvent:
    """Return the event of a scan that has started."""
    return ActivityEvent(event="started", uuid=uuid, type=events.SCAN, section=1)


def requested(number: int) -> list[ScanMonitor]:
    """Return monitors whose scans were requested one after the other, before any has started."""
    monitors = ScanMonitors()
    found = [ScanMonitor(1, monitors) for _ in range(number)]
    for monitor in found:
        monitor.reset()
    return found


def happens(monitors: list[ScanMonitor], *received: ActivityEvent) -> None:
    """Have all monitors handle events."""
    for event in received:
        for monitor in monitors:
            monitor.handle(event)


def test_as_many_activities_as_scans() -> None:
    """Each scan has an activity of its own: once the last one has started, all of them are certain."""
    monitors = requested(3)
    certain: list[ScanMonitor] = []
    for each in monitors:
        each.when_certain(partial(certain.append, each))

    happens(monitors, started("a"), started("b"))
    assert [each.is_certain for each in monitors[:2]] == [False, False]

    happens(monitors, started("c"))
    assert [each.is_certain for each in monitors] == [True] * 3
    assert certain == monitors[:2]


def test_fewer_activities_than_scans() -> None:
    """One of the scans was lost, and it may be any of them."""
    monitors = requested(3)
    happens(monitors, started("a"), started("b"))

    for each in monitors:
        each.release()

    assert [each.is_certain for each in monitors[:2]] == [False, False]
    assert not monitors[2].started.is_set()
