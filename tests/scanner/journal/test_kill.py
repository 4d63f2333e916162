"""A process that accepts requests is killed at any moment: what it called accepted is on disk, in a sound file."""

import asyncio
from pathlib import Path
import signal
import sqlite3
import sys

import pytest

from custom_components.plex_smart_scan.scanner.journal.journal import Journal
from tests.scanner.conftest import Disk

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
            journal.forget(request)
        else:
            print(request.id, flush=True)

async def main():
    journal = Journal(Database(Path(sys.argv[1])))
    await asyncio.gather(*(call(journal, caller) for caller in range(8)))

asyncio.run(main())
"""


@pytest.mark.parametrize("accepted", [1, 10, 37, 100, 250])
async def test_kill(tmp_path: Path, accepted: int) -> None:
    """`kill -9` after so many requests, with others on their way."""
    path = tmp_path / "journal.db"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PROGRAM, str(path), cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout
    told = [(await process.stdout.readline()).decode().strip() for _ in range(accepted)]
    process.send_signal(signal.SIGKILL)
    told += (await process.stdout.read()).decode().split()
    await process.wait()

    disk = Disk(path)
    journal = Journal(disk)
    found = {request.id async for requests in journal.load() for request in requests}
    marks = [await journal.get_mark(f"caller {caller}") for caller in range(8)]
    await journal.close()

    assert set(told) <= found
    last = {each.split("-")[0]: int(each.split("-")[1]) for each in told if each.count("-") == 1}
    assert all(int(marks[int(caller)] or -1) >= number for caller, number in last.items())
    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()
