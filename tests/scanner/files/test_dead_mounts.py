"""Network mounts whose server is gone: they block few threads, and are used again when they respond."""

import asyncio
from collections.abc import Iterator
import os
from pathlib import Path
import threading

import pytest

from custom_components.plex_smart_scan.scanner.files.local_files import facts
from custom_components.plex_smart_scan.scanner.models import FileFacts, FileState
from custom_components.plex_smart_scan.scanner.paths.clean_path import clean
from tests.scanner.builders import a_match, work

from .conftest import TIME_LIMIT, local_and_match


class DeadMount:
    """A network mount whose server is gone: every stat below /dead hangs until it is back."""

    def __init__(self) -> None:
        """Begin dead."""
        self.back = threading.Event()
        self.called = threading.Event()
        self.calls = 0

    def stat(self, path: Path) -> os.stat_result:
        """Hang, or call stat."""
        if str(path).startswith("/dead/"):
            self.calls += 1
            self.called.set()
            self.back.wait()
        return os.stat(path)  # noqa: PTH116 - what is stood in for


@pytest.fixture
def dead_mount(monkeypatch: pytest.MonkeyPatch) -> Iterator[DeadMount]:
    """Return a dead mount; it is back when the test ends."""
    mount = DeadMount()
    monkeypatch.setattr(Path, "stat", lambda path, **_options: mount.stat(path))
    yield mount
    mount.back.set()


async def test_state_of_a_dead_mount_is_unknown(dead_mount: DeadMount, tv: Path) -> None:
    """The state is unknown after the timeout."""
    assert await facts([clean("/dead/Show/x.mkv")], a_match("/dead/Show/x.mkv", "/dead"), 0.0) == FileFacts()
    dead_mount.back.set()


async def test_dead_mount_blocks_one_thread(dead_mount: DeadMount, tv: Path) -> None:
    """While one call hangs, the same disk gets no other; other disks do."""
    match = a_match("/dead/Show/x.mkv", "/dead")
    await facts([match.path], match, 0.001)
    await asyncio.to_thread(dead_mount.called.wait, TIME_LIMIT)

    for _ in range(100):
        assert await facts([match.path], match, TIME_LIMIT) == FileFacts()

    assert dead_mount.calls == 1
    assert (await facts(*local_and_match(tv, "Show"), TIME_LIMIT)).state is FileState.FOLDER
    dead_mount.back.set()


async def test_disk_is_used_again_when_the_mount_responds(dead_mount: DeadMount) -> None:
    """The disk is used again once the hanging call has ended."""
    match = a_match("/dead/Show/x.mkv", "/dead")
    await facts([match.path], match, 0.001)

    dead_mount.back.set()
    await asyncio.gather(*(task for task in asyncio.all_tasks() if task is not asyncio.current_task()))
    await facts([match.path], match, TIME_LIMIT)

    assert dead_mount.calls == 2


async def test_each_outage_of_a_disk_is_logged_once(dead_mount: DeadMount, caplog: pytest.LogCaptureFixture) -> None:
    """Each outage and each recovery is one line, however many calls find the disk hanging."""
    match = a_match("/dead/Show/x.mkv", "/dead")
    for outage in (1, 2):
        crowd = [facts([match.path], match, 0.01) for _ in range(50)]
        await asyncio.gather(*crowd)
        for _ in range(50):
            await facts([match.path], match, 0.01)
        assert caplog.text.count("The disk did not respond") == outage

        dead_mount.back.set()
        await asyncio.gather(*(task for task in asyncio.all_tasks() if task is not asyncio.current_task()))
        assert caplog.text.count("The disk responds again") == outage
        dead_mount.back.clear()
    dead_mount.back.set()


async def test_many_calls_of_a_dead_mount_block_few_threads(dead_mount: DeadMount, tv: Path) -> None:
    """Many calls block few threads, and none waits longer than the first timeout."""
    match = a_match("/dead/Show/x.mkv", "/dead")

    crowd = [asyncio.create_task(facts([match.path], match, 0.05)) for _ in range(1000)]

    assert (await facts(*local_and_match(tv, "Show"), TIME_LIMIT)).state is FileState.FOLDER
    assert set(await asyncio.gather(*crowd)) == {FileFacts()}
    assert dead_mount.calls <= 8
    dead_mount.back.set()


async def test_blocked_thread_counts_after_its_caller_was_cancelled(dead_mount: DeadMount) -> None:
    """A hanging thread counts even if its caller is gone."""
    match = a_match("/dead/Show/x.mkv", "/dead")

    for _ in range(100):
        leaving = asyncio.create_task(facts([match.path], match, TIME_LIMIT))
        await work()
        leaving.cancel()
        await asyncio.gather(leaving, return_exceptions=True)

    assert dead_mount.calls <= 8
    dead_mount.back.set()
    await asyncio.gather(*(task for task in asyncio.all_tasks() if task is not asyncio.current_task()))


async def test_many_calls_of_a_working_disk_all_return(tv: Path) -> None:
    """All queued calls of a working disk return, however many there are."""
    looks = (facts(*local_and_match(tv, "Show/Season 01/Show - S01E01.mkv"), TIME_LIMIT) for _ in range(100))

    assert {found.size for found in await asyncio.gather(*looks)} == {1000}
