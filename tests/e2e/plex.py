"""The Plex server of an end-to-end run: the fake one, started here, or a real one that is there already."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
import json
from pathlib import Path
import sys
from typing import Any, Literal
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree as ET

import aiohttp

from tests.e2e.processes import EndToEndError, ending, poll, start

CHECKOUT = Path(__file__).parents[2]
FAKE_TOKEN = "end-to-end-token"
START_SECONDS = 30.0


@dataclass(frozen=True)
class PlexServer:
    """Where a Plex server is, and what opens it."""

    url: str
    token: str = field(repr=False)
    machine_identifier: str = ""


@dataclass(frozen=True)
class PlexTv:
    """A stand-in for plex.tv with one account, which owns the server."""

    url: str
    account: str


@dataclass(frozen=True)
class Cost:
    """What a fake Plex was made to do."""

    requests: int
    bytes_sent: int
    scans: int
    folders_listed: int
    files_examined: int


@asynccontextmanager
async def running_fake(
    log: Path, *libraries: str, name: str, profile: str, identifier: str | None = None
) -> AsyncIterator[PlexServer]:
    """Start a fake Plex that has scanned its libraries (`TITLE=TYPE=PATH=FOLDER`); end it on the way out."""
    wanted = [argument for library in libraries for argument in ("--library", library)]
    if identifier:
        wanted += ["--machine-identifier", identifier]
    child = await start(
        "The fake Plex",
        *(sys.executable, "-m", "tests.fake_plex", "--port", "0", "--token", FAKE_TOKEN, "--name", name),
        *("--profile", profile, "--seed", *wanted),
        log=log,
        cwd=CHECKOUT,
    )

    async def announced() -> str | None:
        child.check()
        return announcement(log)

    async with ending(child):
        line = await poll("the fake Plex's start", announced, seconds=START_SECONDS)
        ready = json.loads(line)
        yield PlexServer(ready["url"], FAKE_TOKEN, ready["machine_identifier"])


@asynccontextmanager
async def running_plex_tv(log: Path, server: PlexServer, *, name: str, account: str) -> AsyncIterator[PlexTv]:
    """Start a stand-in for plex.tv, where an account owns a fake Plex; end it on the way out."""
    child = await start(
        "The fake plex.tv",
        *(sys.executable, "-m", "tests.fake_plex_tv", "--account", account, "--token", server.token),
        *("--server", f"{name}={server.machine_identifier}={server.url}"),
        log=log,
        cwd=CHECKOUT,
    )

    async def announced() -> str | None:
        child.check()
        return announcement(log)

    async with ending(child):
        line = await poll("the fake plex.tv's start", announced, seconds=START_SECONDS)
        yield PlexTv(json.loads(line)["url"], account)


async def sign_in(session: aiohttp.ClientSession, plex_tv: PlexTv, page: str) -> str:
    """Continue as the account at the page for it, as a click there does; returns where the browser is led back to."""
    parameters = {name: values[0] for name, values in parse_qs(urlsplit(page).fragment.removeprefix("?")).items()}
    body = {"code": parameters["code"], "account": plex_tv.account, "forwardUrl": parameters.get("forwardUrl")}
    async with session.post(f"{plex_tv.url}/__fake__/claim", json=body, raise_for_status=True) as response:
        forward_url: str = (await response.json())["forwardUrl"]
    async with session.get(forward_url, raise_for_status=True):
        return forward_url


def announcement(log: Path) -> str | None:
    """Return the line of JSON with which the fake says that it listens."""
    lines = log.read_text(encoding="utf-8").splitlines(keepends=True)
    return next((line for line in lines if line.startswith("{") and line.endswith("\n")), None)


async def take_cost(session: aiohttp.ClientSession, fake: PlexServer) -> Cost:
    """Return what the fake was made to do since the last call, and count from zero again."""
    stats_url = f"{fake.url}/__fake__/stats"
    async with session.get(stats_url, raise_for_status=True) as response:
        stats: dict[str, Any] = await response.json()
    async with session.delete(stats_url, raise_for_status=True):
        pass
    return Cost(
        requests=len(stats["requests"]),
        bytes_sent=stats["bytes_sent"],
        scans=len(stats["scans"]),
        folders_listed=stats["folders_listed"],
        files_examined=stats["files_examined"],
    )


async def is_listed(session: aiohttp.ClientSession, fake: PlexServer, path: str) -> Literal[True] | None:
    """Return whether Plex lists a file."""
    query = {"type": "4", "file": path.rpartition("/")[2]}
    headers = {"X-Plex-Token": fake.token}
    url = f"{fake.url}/library/sections/1/all"
    async with session.get(url, params=query, headers=headers, raise_for_status=True) as response:
        return True if f'"{path}"' in await response.text() else None


async def first_location(session: aiohttp.ClientSession, server: PlexServer) -> str:
    """Return the folder of a server's first library, as the server spells it."""
    headers = {"X-Plex-Token": server.token}
    try:
        async with session.get(f"{server.url}/library/sections", headers=headers) as response:
            if response.status == HTTPStatus.UNAUTHORIZED:
                message = f"{server.url} does not accept the token"
                raise EndToEndError(message)
            response.raise_for_status()
            sections = ET.fromstring(await response.text())  # noqa: S314 - the user's own server
    except (aiohttp.ClientError, ET.ParseError) as err:
        message = f"{server.url} does not answer as a Plex server would: {err}"
        raise EndToEndError(message) from err
    location = sections.find("Directory/Location")
    if location is None:
        message = f"{server.url} has no library"
        raise EndToEndError(message)
    return location.attrib["path"]
