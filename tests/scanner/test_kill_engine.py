"""A process with an engine is killed at random moments: accepted requests are finished, and all results are correct."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
import signal
import sys

import pytest

from tests.fake_plex import FakePlex, samples

from .disk import read_rows

ROOT = Path(__file__).parents[2]
RUNS = 7
PATHS = 40  # new paths in each run
PRESENT = {"added", "updated", "up_to_date"}
# Accept each path of the input, several at once, and print what was accepted and the results.
PROGRAM = """
import asyncio, signal, sys
from pathlib import Path
from custom_components.plex_smart_scan.scanner.engine import ScanEngine, StoppedError
from custom_components.plex_smart_scan.scanner.journal.database import Database
from custom_components.plex_smart_scan.scanner.journal.journal import Journal
from custom_components.plex_smart_scan.scanner.models import ScanRequest, Settings
from custom_components.plex_smart_scan.scanner.plex.url_and_token import Access
from tests.scanner.conftest import QUICK

def say(*words):
    print(*words, flush=True)

async def accept(engine, lines):
    for line in lines:
        await engine.submit([ScanRequest(path=line)], durable=True)
        say("accepted", line)

async def main():
    url, token, journal = sys.argv[1:]
    done = asyncio.Event()

    def on_result(result):
        say(result.outcome, result.request.path)
        done.set()

    engine = ScanEngine(
        Access(url=url, token=token), Journal(Database(Path(journal))), settings=Settings(validation_timeout=60),
        timing=QUICK, on_result=on_result,
    )
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    await engine.connect()
    await engine.start()
    say("ready", "-")
    text = await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    lines = text.splitlines()
    callers = [asyncio.create_task(accept(engine, lines[number::8])) for number in range(8)]

    async def until_idle():
        await asyncio.gather(*callers)
        while engine.pending:
            done.clear()
            await done.wait()
        say("idle", "-")
        await stop.wait()

    working = [asyncio.create_task(until_idle()), asyncio.create_task(stop.wait())]
    await asyncio.wait(working, return_when=asyncio.FIRST_COMPLETED)
    await engine.stop()
    for task in (*callers, *working):
        task.cancel()
    await asyncio.gather(*callers, *working, return_exceptions=True)

asyncio.run(main())
"""


@dataclass
class Reports:
    """What the processes have printed so far."""

    plex: FakePlex
    accepted: set[str] = field(default_factory=set)
    finished: set[str] = field(default_factory=set)
    wrong: list[str] = field(default_factory=list)

    def add(self, line: bytes) -> str:
        """Record a line, and compare a result with what Plex lists now; return the first word of the line."""
        word, _, path = line.decode().rstrip("\n").partition(" ")
        if word == "accepted":
            self.accepted.add(path)
        elif word not in {"ready", "idle"}:
            self.finished.add(path)
            if word not in PRESENT or self.plex.part(path) is None:
                self.wrong.append(f"{word} {path}")
        return word


@asynccontextmanager
async def run_program(plex: FakePlex, journal: Path, paths: list[Path]) -> AsyncIterator[asyncio.subprocess.Process]:
    """Context manager that starts the program with paths and kills it at the end."""
    started = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-c", PROGRAM, plex.url, plex.token, str(journal)),
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        assert started.stdin
        started.stdin.write("\n".join(map(str, paths)).encode())
        started.stdin.close()
        yield started
    finally:
        if started.returncode is None:
            started.kill()
        await started.wait()


@pytest.mark.timeout(180)
async def test_accepted_requests_are_finished_after_kills(fake_plex: FakePlex, tmp_path: Path) -> None:
    """Processes are killed or terminated after random numbers of lines; the last one finishes all accepted requests."""
    random = Random(9)
    root, journal, reports = tmp_path / "tv", tmp_path / "journal.db", Reports(fake_plex)
    samples.add_episode(root, "Dark", 1, 1)
    fake_plex.add_library("TV Shows", "show", {str(root): root})
    fake_plex.seed()
    for number in range(RUNS):
        paths = [samples.add_episode(root, f"Show {random.randint(1, 5)}", number, each) for each in range(PATHS)]
        ends_by = random.choice([signal.SIGKILL, signal.SIGKILL, signal.SIGTERM])
        lines = random.randint(1, 2 * PATHS)
        async with run_program(fake_plex, journal, paths) as running:
            assert running.stdout
            for _ in range(lines):
                if reports.add(await running.stdout.readline()) == "idle":
                    break
            running.send_signal(ends_by)
            async for line in running.stdout:
                if line.endswith(b"\n"):
                    reports.add(line)
            await running.wait()
        assert running.returncode == (0 if ends_by is signal.SIGTERM else -signal.SIGKILL)

    async with run_program(fake_plex, journal, []) as running:
        assert running.stdout
        while reports.add(await running.stdout.readline()) != "idle":
            pass
        running.send_signal(signal.SIGTERM)
        assert await running.wait() == 0

    assert len(reports.accepted) > PATHS
    assert reports.accepted - reports.finished == set()
    assert [path for path in reports.accepted if fake_plex.part(path) is None] == []
    assert reports.wrong == []
    assert read_rows(journal) == []
