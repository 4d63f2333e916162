"""No notification is lost: the spool file, the background retries, and several runs at once."""

import asyncio
from collections import Counter
from itertools import pairwise
import os
from pathlib import Path
from random import Random
import shutil
import signal

import pytest

from tests.e2e.processes import poll
from tests.e2e.sender import Ran, Sender, busybox_system, small_system
from tests.e2e.stand_in import WEBHOOK_ID, Behaviour, stand_in

pytestmark = [pytest.mark.timeout(120), pytest.mark.usefixtures("socket_enabled")]

# Ten minutes, compressed.
QUICK = {"PLEX_SMART_SCAN_RETRY_FOR": "60", "PLEX_SMART_SCAN_RETRY_PAUSE": "0.1"}


def path(number: int) -> str:
    """Return a path with a name that a shell, awk, curl or JSON could trip over."""
    return f'/tv/Rhett & Link\'s "100%" $(touch x) `y` \\n — {number}/S01E01.mkv'


def retrying(sender: Sender) -> list[int]:
    """Return the ids of the background processes of a script."""
    found = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = file.read_bytes().split(b"\0")
        except OSError:
            continue
        if str(sender.script).encode() in words and b"--retry" in words:
            found.append(int(file.parent.name))
    return found


async def until_idle(sender: Sender) -> None:
    """Wait until no background process is left."""

    async def idle() -> bool | None:
        return None if retrying(sender) else True

    await poll("the background process to end", idle, seconds=60)


def system(name: str, folder: Path) -> dict[str, str]:
    """Return the PATH of a system with fewer programs than this one."""
    if name == "busybox":
        if not shutil.which("busybox"):
            pytest.skip("BusyBox is not installed")
        return {"PATH": busybox_system(folder / "bin")}
    return {"PATH": small_system(folder / "bin")} if name == "without flock" else {}


@pytest.mark.parametrize("name", ["usual", "without flock", "busybox"])
async def test_notifications_during_restarts_are_delivered_once(tmp_path: Path, name: str) -> None:
    """Fifty notifications at random moments around two restarts all arrive once, one at a time."""
    random = Random(name)
    moments = sorted(random.sample(range(1, 50), 5))
    behaviours = (None, Behaviour.STARTING, Behaviour.WORKING, None, Behaviour.STARTING, Behaviour.WORKING)
    async with stand_in() as home:
        sender = Sender.copied(tmp_path, PLEX_SMART_SCAN_WEBHOOK=home.webhook, **QUICK, **system(name, tmp_path))
        if name == "busybox":
            sender = Sender(sender.script, interpreter="busybox sh", environment=sender.environment)
        started: list[asyncio.Task[object]] = []
        async with asyncio.TaskGroup() as group:
            for behaviour, (first, last) in zip(behaviours, pairwise([0, *moments, 50]), strict=True):
                await home.stop()
                if behaviour:
                    await home.start(behaviour)
                for number in range(first, last):
                    started.append(group.create_task(sender.run(path(number))))
                    if len(started) >= random.randint(1, 6):
                        await started.pop(random.randrange(len(started)))
                if behaviour is Behaviour.STARTING:
                    await home.wait_for_requests(home.requests + 1)
        await home.wait_for(50)
        await until_idle(sender)

    assert home.accepted == Counter(path(number) for number in range(50))
    assert home.most_at_once == 1
    assert sender.kept() == []


async def test_undelivered_notification_is_kept_without_delay(tmp_path: Path) -> None:
    """Only the owner can read the spool file; a background process retries; the next call delivers the oldest first."""
    async with stand_in(None) as home:
        sender = Sender.copied(tmp_path, PLEX_SMART_SCAN_WEBHOOK=home.webhook, **QUICK)
        for number in range(5):
            ran = await sender.run(path(number))
            assert (ran.code, len(ran.lines)) == (0, 1)
            assert ran.output.startswith("Home Assistant cannot be reached at ")
            assert ran.output.endswith("The notification is kept and will be sent again.\n")
            assert WEBHOOK_ID not in ran.output
        assert len(sender.kept()) == 5
        assert WEBHOOK_ID not in sender.spool.read_text(encoding="utf-8")
        assert sender.spool.stat().st_mode & 0o777 == 0o600

        async def one_is_left() -> bool | None:
            return True if len(retrying(sender)) == 1 else None

        await poll("all background processes but one to end", one_is_left, seconds=30)
        await home.start()
        ran = await sender.run(path(5))
        await home.wait_for(6)
        await until_idle(sender)

    # The background process may have come first.
    assert ran.output in {f"accepted: {path(5)}\n", f"Sent by another run of this script: {path(5)}\n"}
    assert home.order == [path(number) for number in range(6)]
    assert set(home.accepted.values()) == {1}


async def test_empty_response_is_retried(tmp_path: Path) -> None:
    """A starting Home Assistant returns 200 without a body, and the background process continues."""
    async with stand_in(Behaviour.STARTING) as home:
        sender = Sender.copied(tmp_path, PLEX_SMART_SCAN_WEBHOOK=home.webhook, **QUICK)
        ran = await sender.run(path(1))
        assert ran.code == 0
        assert ran.output.startswith("Home Assistant did not recognize the webhook. ")
        await home.wait_for_requests(4)
        home.behaviour = Behaviour.WORKING
        await home.wait_for(1)
        await until_idle(sender)

    assert home.accepted == {path(1): 1}
    assert sender.kept() == []


async def test_retries_end_after_the_time_limit(tmp_path: Path) -> None:
    """The background process ends after the time limit; the next call delivers what remains."""
    async with stand_in(None) as home:
        sender = Sender.copied(tmp_path, PLEX_SMART_SCAN_WEBHOOK=home.webhook)
        short = {"PLEX_SMART_SCAN_RETRY_FOR": "1", "PLEX_SMART_SCAN_RETRY_PAUSE": "0.1"}
        await sender.run(path(1), **short)
        await until_idle(sender)
        assert len(sender.kept()) == 1
        kept = sender.spool.read_text(encoding="utf-8")
        sender.spool.write_text("1000000000" + kept[10:], encoding="utf-8")

        ran = await sender.run(path(2), **short)
        assert ran.code == 1  # for longer than the time allowed: a person has to look
        assert "are kept" in ran.output
        await home.start()
        ran = await sender.run(path(3))

    assert ran == Ran(0, f"accepted: {path(3)}\n")
    assert home.order == [path(1), path(2), path(3)]


async def test_kill_of_the_script_loses_no_notification(tmp_path: Path) -> None:
    """After a `kill -9` of the script and its curl, the next call sends the notification."""
    async with stand_in(Behaviour.STUCK) as home:
        sender = Sender.copied(tmp_path, PLEX_SMART_SCAN_WEBHOOK=home.webhook)
        process = await sender.start(path(1))
        await home.entered.wait()
        process.send_signal(signal.SIGKILL)
        await process.wait()
        await home.stop()
        await home.start()

        ran = await sender.run(path(2))

    assert ran.code == 0
    assert home.order == [path(1), path(2)]


async def test_lock_of_a_killed_process_is_taken_over(tmp_path: Path) -> None:
    """Without flock, the lock of a killed process is taken over."""
    async with stand_in() as home:
        sender = Sender.copied(tmp_path, PLEX_SMART_SCAN_WEBHOOK=home.webhook, PATH=small_system(tmp_path / "bin"))
        dead = await asyncio.create_subprocess_exec("true")
        await dead.wait()
        for lock in ("append", "send"):
            held = tmp_path / f"{sender.script.name}.spool.work" / f"{lock}.held"
            held.mkdir(parents=True)
            (held / "pid").write_text(f"{dead.pid}\n", encoding="utf-8")

        ran = await sender.run(path(1))

    assert ran == Ran(0, f"accepted: {path(1)}\n")


async def test_bad_path_does_not_affect_others(tmp_path: Path) -> None:
    """If a request with several paths is rejected, each path is sent separately."""
    async with stand_in(None) as home:
        sender = Sender.copied(tmp_path, PLEX_SMART_SCAN_WEBHOOK=home.webhook)
        for number in range(3):
            await sender.run(path(number))
        await home.start(Behaviour.UNREADABLE)

        ran = await sender.run(path(3))

    assert ran.code == 0
    assert home.order == [path(number) for number in range(4)]


async def test_path_that_causes_server_errors_does_not_block_others(tmp_path: Path) -> None:
    """The path is retried until the time limit; after that, it no longer delays the others."""
    async with stand_in(Behaviour.FAILING) as home:
        sender = Sender.copied(tmp_path, PLEX_SMART_SCAN_WEBHOOK=home.webhook)
        limits = {"PLEX_SMART_SCAN_RETRY_FOR": "600", "PLEX_SMART_SCAN_RETRY_PAUSE": "600"}
        ran = await sender.run("/tv/poison.mkv", PLEX_SMART_SCAN_RETRY_FOR="0")
        assert ran.output.startswith("Home Assistant could not accept the notification (HTTP 500).")
        sender.spool.write_text('1000000000 1.1 "/tv/poison.mkv"\n', encoding="utf-8")

        ran = await sender.run(path(1), **limits)

    assert ran == Ran(0, f"accepted: {path(1)}\n")
    assert (home.order, sender.kept()) == ([path(1)], [])


async def test_spool_file_is_limited(tmp_path: Path) -> None:
    """The spool file keeps the newest ten thousand paths; a broken line is ignored, and a large file is delivered."""
    async with stand_in(None) as home:
        sender = Sender.copied(tmp_path, PLEX_SMART_SCAN_WEBHOOK=home.webhook)
        lines = [f'1700000000 1.1 "/tv/{number}.mkv"' for number in range(10_000)]
        lines[5000] = '1700000000 1.1 "/tv/cut off 1700000000 1.2 "/tv/x"'
        sender.spool.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        await sender.run("/tv/new.mkv")
        assert (len(sender.kept()), sender.kept()[0]) == (10_000, lines[1])
        await home.start()

        ran = await sender.run("/tv/newest.mkv")

    assert ran.code == 0
    assert home.order[0] == "/tv/2.mkv"
    assert home.order[-2:] == ["/tv/new.mkv", "/tv/newest.mkv"]
    assert len(home.accepted) == 9_999
    assert home.requests < 110


async def test_notification_is_sent_from_a_read_only_folder(tmp_path: Path) -> None:
    """The notification is sent even if no spool file can be written; the second choice is the home folder."""
    async with stand_in() as home:
        sender = Sender.copied(tmp_path / "scripts", PLEX_SMART_SCAN_WEBHOOK=home.webhook)
        nowhere = {"PLEX_SMART_SCAN_SPOOL": "/proc/none/spool"}
        assert await sender.run(path(1), **nowhere) == await sender.run(path(1))
        await home.stop()

        ran = await sender.run(path(2), **nowhere)

    assert ran.code == 1
    assert "The notification is lost because the user " in ran.output
    assert ran.output.startswith("Home Assistant cannot be reached")


async def test_two_scripts_have_separate_spool_files(tmp_path: Path) -> None:
    """Each script in a folder only delivers its own notifications, which can be for different servers."""
    async with stand_in(None) as first, stand_in() as second:
        one = Sender.copied(tmp_path, PLEX_SMART_SCAN_WEBHOOK=first.webhook)
        other = Sender.copied(tmp_path, "qbittorrent.sh", PLEX_SMART_SCAN_WEBHOOK=second.webhook)
        await one.run(path(1))
        await other.run(path(2))
        await first.start()
        await one.run(path(3))

    assert (first.order, second.order) == ([path(1), path(3)], [path(2)])


@pytest.mark.parametrize("script", ["bazarr.sh", "unmanic.sh"])
async def test_new_files_of_fixed_folders_are_reported(tmp_path: Path, script: str) -> None:
    """The command contains no file name; the script finds the files written since its last call."""
    folders = [tmp_path / "tv", tmp_path / "my movies"]
    for folder in folders:
        (folder / "A $(touch injected) B").mkdir(parents=True)
    files = [folder / "A $(touch injected) B" / "`touch x` 'e'\n1.en.srt" for folder in folders]
    async with stand_in() as home:
        sender = Sender.copied(tmp_path / "scripts", script, PLEX_SMART_SCAN_WEBHOOK=home.webhook)
        files[0].touch()
        os.utime(folders[1], (1, 1))
        assert (await sender.run(*map(str, folders))).code == 0
        assert home.order == [str(files[0])]
        assert await sender.run(*map(str, folders)) == Ran(0, "")
        files[1].touch()
        (folders[1] / ".hidden.srt").touch()
        assert (await sender.run(*map(str, folders))).code == 0

    assert home.order == list(map(str, files))
    assert not list(Path.cwd().glob("injected"))
