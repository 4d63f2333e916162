"""Home Assistant is killed or terminated while several programs post to its webhook: every accepted path is scanned."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from pathlib import Path
from random import Random
import re
import signal
from typing import Literal

import aiohttp
import pytest

from tests.e2e.api import User, onboard
from tests.e2e.downloader import sonarr_import
from tests.e2e.entities import nothing_pending
from tests.e2e.home_assistant import START_SECONDS, HomeAssistant
from tests.e2e.plex import PlexServer, is_listed
from tests.e2e.processes import Child, poll
from tests.e2e.story import DOMAIN, PLEX_PATH, step_lines
from tests.fake_plex.samples import SMALL, add_episode

pytestmark = pytest.mark.timeout(300)
USER = User("tester", "tester-password")
PROGRAMS = 4
SIZE = SMALL.stat().st_size
RESULT = re.compile(r"\S+ (Added|Updated|Removed|Up to date|Scanned|Not found|Failed)\b.*?: (/.*)")


@dataclass
class Programs:
    """Programs that post to the webhook. They repeat a notification that was not answered."""

    session: aiohttp.ClientSession
    webhook: str
    library: Path
    accepted: list[str] = field(default_factory=list)
    unanswered: deque[str] = field(default_factory=deque)
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))
    _changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    @asynccontextmanager
    async def posting(self) -> AsyncIterator[None]:
        """Context manager in which all programs post until Home Assistant is gone."""
        async with asyncio.TaskGroup() as group:
            for _ in range(PROGRAMS):
                group.create_task(self._run())
            yield

    async def _run(self) -> None:
        """Post one path after another until Home Assistant is gone."""
        while True:
            path = self.unanswered.popleft() if self.unanswered else self._new_episode()
            try:
                await self._post(path)
            except aiohttp.ClientConnectionError, aiohttp.ClientPayloadError:
                self.unanswered.append(path)
                return

    async def wait_for(self, number: int) -> None:
        """Return as soon as so many paths were accepted."""
        async with asyncio.timeout(START_SECONDS), self._changed:
            await self._changed.wait_for(lambda: len(self.accepted) >= number)

    def _new_episode(self) -> str:
        """Put an episode into the library, in a show of its own, so that no scan for another path finds it."""
        episode = add_episode(self.library, f"Show {next(self._numbers)}", 1, 1)
        return f"{PLEX_PATH}/{episode.relative_to(self.library).as_posix()}"

    async def _post(self, path: str) -> None:
        await poll(f"{path} to be accepted", partial(self._is_accepted, path), seconds=START_SECONDS)
        async with self._changed:
            self.accepted.append(path)
            self._changed.notify_all()

    async def _is_accepted(self, path: str) -> Literal[True] | None:
        async with self.session.post(self.webhook, json=sonarr_import(path, SIZE)) as answer:
            # Before the webhook is registered, Home Assistant responds with status 200 and an empty body.
            if not answer.ok or answer.content_type != "application/json":
                return None
            return True if (await answer.json())["accepted"] == [path] else None


async def test_accepted_paths_are_listed_after_kills_and_stops_under_load(
    session: aiohttp.ClientSession, home: HomeAssistant, fake: PlexServer, tmp_path: Path
) -> None:
    """Plex lists every accepted path, and every result is correct, after two kills and a regular stop."""
    random = Random(5)

    async def end_under_load(process: Child, programs: Programs, ends_by: signal.Signals, most: int) -> None:
        """End a process as soon as a random number of further paths has been accepted."""
        await programs.wait_for(len(programs.accepted) + random.randint(most // 2, most))
        await (process.kill() if ends_by is signal.SIGKILL else process.stop())
        assert process.process.returncode == (-signal.SIGKILL if ends_by is signal.SIGKILL else 0)

    async with home.running(session) as process:
        api = await onboard(session, home.url, USER)
        entry = await api.set_up(DOMAIN, {"url": fake.url, "token": fake.token, "verify_ssl": True})
        await home.wait_until_stored(entry["entry_id"])
        programs = Programs(session, f"{home.url}/api/webhook/{home.webhook_id(DOMAIN)}", tmp_path / "tv")
        async with programs.posting():
            await end_under_load(process, programs, signal.SIGKILL, 60)
    async with home.running(session) as process, programs.posting():
        await api.wait_until_running()
        await end_under_load(process, programs, signal.SIGTERM, 60)
    async with home.running(session) as process, programs.posting():
        await end_under_load(process, programs, signal.SIGKILL, 10)  # while the server is being set up
    async with home.running(session) as process:
        await api.wait_until_running()
        await poll("the end of all requests", partial(nothing_pending, api), seconds=60)

    assert [path for path in programs.accepted if await is_listed(session, fake, path) is None] == []
    results = [found for line in step_lines(process.log) if (found := RESULT.fullmatch(line))]
    assert {found[1] for found in results} <= {"Added", "Up to date"}
    # The line of a request that finishes right before a kill can be missing.
    assert len(set(programs.accepted) - {found[2] for found in results}) <= 1
