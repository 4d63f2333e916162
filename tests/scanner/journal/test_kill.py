"""A process is killed while it accepts requests: everything it reported as accepted is in an intact file."""

import asyncio
import itertools
from pathlib import Path
import shutil
import signal
import sqlite3
import sys

import pytest

from custom_components.plex_smart_scan.scanner.journal.journal import Journal
from custom_components.plex_smart_scan.scanner.models import ScanRequest
from tests.scanner.disk import Disk

ROOT = Path(__file__).parents[3]
# Accepts from several callers at once, finishes some, and names each request after it was accepted.
PROGRAM = """
import asyncio, itertools, sys
from pathlib import Path
from custom_components.plex_smart_scan.scanner.models import ScanRequest
from custom_components.plex_smart_scan.scanner.journal.database import Database
from custom_components.plex_smart_scan.scanner.journal.journal import Journal

async def call(journal, caller):
    for number in itertools.count():
        request = ScanRequest(id=f"{caller}-{number}", path=f"/tv/{caller}/{number}.mkv")
        await journal.accept([request], marks={f"caller {caller}": str(number)})
        if number % 3 == 2:
            journal.drop(request)
        else:
            print(request.id, flush=True)

async def main():
    journal = Journal(Database(Path(sys.argv[1])))
    await asyncio.gather(*(call(journal, caller) for caller in range(8)))

asyncio.run(main())
"""


async def test_copy_of_the_files_during_writes_is_intact(tmp_path: Path) -> None:
    """A backup copies file by file while requests are accepted: the copy is intact and has all earlier requests."""
    disk = Disk(tmp_path / "journal.db")
    journal = Journal(disk)
    accepted: list[str] = []
    running = True

    async def call(caller: int) -> None:
        for number in itertools.count():
            if not running:
                return
            requests = [ScanRequest(id=f"{caller}-{number}-{each}", path="/tv/" + "x" * 500) for each in range(20)]
            await journal.accept(requests)
            accepted.extend(request.id for request in requests)

    async def at_least(count: int) -> None:
        while len(accepted) < count:  # noqa: ASYNC110 - there is no event for a count
            await asyncio.sleep(0)

    callers = [asyncio.create_task(call(caller)) for caller in range(8)]
    for round_number in range(3):
        await at_least(len(accepted) + 2000)
        await journal.hold()
        before = set(accepted)
        copy = tmp_path / f"backup-{round_number}" / "journal.db"
        copy.parent.mkdir()
        shutil.copyfile(disk.path, copy)
        await at_least(len(accepted) + 2000)  # several times the length at which the log is written into the file
        shutil.copyfile(f"{disk.path}-wal", f"{copy}-wal")
        await journal.release()

        restored = Journal(Disk(copy))
        found = {request.id async for requests in restored.load() for request in requests}
        await restored.close()
        assert before <= found
    running = False
    await asyncio.gather(*callers)
    await journal.close()


@pytest.mark.parametrize("accepted", [1, 10, 37, 100, 250])
async def test_accepted_requests_survive_a_kill(tmp_path: Path, accepted: int) -> None:
    """`kill -9` after so many requests, while others are being written."""
    path = tmp_path / "journal.db"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PROGRAM, str(path), cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout
    printed = [(await process.stdout.readline()).decode().strip() for _ in range(accepted)]
    process.send_signal(signal.SIGKILL)
    printed += (await process.stdout.read()).decode().split()
    await process.wait()

    disk = Disk(path)
    journal = Journal(disk)
    found = {request.id async for requests in journal.load() for request in requests}
    marks = [await journal.get_mark(f"caller {caller}") for caller in range(8)]
    await journal.close()

    assert set(printed) <= found
    last = {each.split("-")[0]: int(each.split("-")[1]) for each in printed if each.count("-") == 1}
    assert all(int(marks[int(caller)] or -1) >= number for caller, number in last.items())
    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()
