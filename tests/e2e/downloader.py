"""The downloader of an end-to-end run: a fake Sonarr or Radarr in a process of its own, and what is done in it."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
import json
from pathlib import Path
import sys
from typing import Any

import aiohttp

from tests.e2e.api import Api
from tests.e2e.plex import announcement
from tests.e2e.processes import ending, poll, start

CHECKOUT = Path(__file__).parents[2]
START_SECONDS = 30.0


@dataclass(frozen=True)
class Downloader:
    """Where a fake downloader is, and what opens it."""

    session: aiohttp.ClientSession
    url: str
    api_key: str = field(repr=False)

    @property
    def answers(self) -> dict[str, Any]:
        """What a person enters to connect it."""
        return {"url": self.url, "api_key": self.api_key, "verify_ssl": True}

    async def import_file(self, path: str, size: int) -> dict[str, Any]:
        """Import a file, which is posted to its connections. Returns how much it posted so far, and the answer."""
        return await self._control("import", {"path": path, "size": size})

    async def connections(self) -> list[dict[str, Any]]:
        """Return its connections."""
        found: list[dict[str, Any]] = (await self._control("state", {}))["connections"]
        return found

    async def _control(self, name: str, data: Mapping[str, Any]) -> dict[str, Any]:
        async with self.session.post(f"{self.url}/__fake__/{name}", json=data, raise_for_status=True) as response:
            answer: dict[str, Any] = await response.json()
            return answer


@asynccontextmanager
async def running_downloader(
    session: aiohttp.ClientSession, log: Path, *, root_folder: str, program: str = "sonarr"
) -> AsyncIterator[Downloader]:
    """Start a fake Sonarr or another program; end it on the way out."""
    child = await start(
        f"The fake {program.title()}",
        *(sys.executable, "-m", "tests.fake_arr", "--program", program, "--root-folder", root_folder),
        log=log,
        cwd=CHECKOUT,
    )

    async def announced() -> str | None:
        child.check()
        return announcement(log)

    async with ending(child):
        ready = json.loads(await poll(f"the start of {child.name}", announced, seconds=START_SECONDS))
        yield Downloader(session, ready["url"], ready["api_key"])


async def recent_result(api: Api, path: str, *, seconds: float = 60) -> dict[str, Any]:
    """Return the newest result for a path, once the sensor Last result lists one."""

    async def listed() -> dict[str, Any] | None:
        for state in await api.get("/api/states"):
            for row in state["attributes"].get("recent") or ():
                if row["path"] == path:
                    found: dict[str, Any] = row
                    return found
        return None

    return await poll(f"a result for {path}", listed, seconds=seconds)


def sonarr_import(path: str, size: int = 0) -> dict[str, Any]:
    """Return what Sonarr posts after an import; `size` is in bytes, 0 if it is unknown."""
    return {
        "eventType": "Download",
        "instanceName": "Sonarr",
        "applicationUrl": "",
        "series": {"id": 1, "title": "Sonarr", "path": path.rpartition("/")[0], "tvdbId": 1, "type": "standard"},
        "episodes": [{"id": 1, "episodeNumber": 1, "seasonNumber": 1, "title": "Pilot"}],
        "episodeFile": {"id": 1, "relativePath": "ignored", "path": path, "size": size, "quality": "HDTV-720p"},
        "isUpgrade": False,
        "downloadClient": "SABnzbd",
        "downloadId": "SABnzbd_nzo_1",
    }
