"""A plain HTTP client for looking at the fake's answers as they are."""

from collections.abc import Mapping
from dataclasses import dataclass
import json
from typing import Any
from xml.etree import ElementTree as ET

import aiohttp
from multidict import CIMultiDictProxy
import pytest

from tests.fake_plex import FakeLibrary, FakePlex
from tests.fake_plex.server import SERVER_TOKEN

OWNER = {"X-Plex-Token": SERVER_TOKEN}
# A test of a quirk, with the quirk off and on.
onoff = pytest.mark.parametrize("on", [False, True])


@dataclass
class Response:
    """One answer."""

    status: int
    headers: CIMultiDictProxy[str]
    text: str

    @property
    def xml(self) -> ET.Element:
        """The body as XML."""
        return ET.fromstring(self.text)  # noqa: S314 - our own server wrote it

    @property
    def json(self) -> dict[str, Any]:
        """The container of a JSON body."""
        container: dict[str, Any] = json.loads(self.text)["MediaContainer"]
        return container

    @property
    def files(self) -> list[str]:
        """The paths of all parts."""
        return [part.attrib["file"] for part in self.xml.iter("Part")]


class Client:
    """Client of one simulated server, as its owner by default."""

    def __init__(self, plex: FakePlex, session: aiohttp.ClientSession) -> None:
        """Use a session that is closed elsewhere."""
        self.plex = plex
        self.session = session

    async def ask(
        self,
        address: str,
        method: str = "GET",
        /,
        *,
        token: str | None = SERVER_TOKEN,
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, str | int] | None = None,
        **params: str | int,
    ) -> Response:
        """Send one request."""
        sent = {**({"X-Plex-Token": token} if token else {}), **(headers or {})}
        async with self.session.request(
            method, self.plex.url + address, params={**params, **(query or {})}, headers=sent
        ) as response:
            return Response(response.status, response.headers, await response.text())

    async def scan(self, library: FakeLibrary, path: str | None = None, *, wait: bool = True) -> Response:
        """Ask for a scan, and wait until all is settled."""
        reply = await self.ask(f"/library/sections/{library.id}/refresh", query={"path": path} if path else None)
        if wait:
            await self.plex.wait_idle()
        return reply

    async def listing(self, library: FakeLibrary, **params: str | int) -> Response:
        """List a section."""
        return await self.ask(f"/library/sections/{library.id}/all", query=params)


class Frames:
    """What a websocket gets."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        """Read from a connection."""
        self.socket = socket
        self.seen: list[dict[str, Any]] = []

    async def until(self, kind: str, **fields: Any) -> dict[str, Any]:
        """Read on until a notification of a kind comes whose first entry has the fields."""
        async for message in self.socket:
            container: dict[str, Any] = json.loads(message.data)["NotificationContainer"]
            self.seen.append(container)
            entry = first_entry(container)
            if container["type"] == kind and all(entry.get(name) == value for name, value in fields.items()):
                return entry
        msg = f"The connection ended before {kind} {fields}"
        raise AssertionError(msg)

    def summary(self) -> list[str]:
        """Return what was seen in short: activities by event and type, timeline entries by state."""
        return [summarise(container) for container in self.seen]


def first_entry(container: dict[str, Any]) -> dict[str, Any]:
    """Return the first entry of a notification."""
    return next((value[0] for value in container.values() if isinstance(value, list)), {})


def summarise(container: dict[str, Any]) -> str:
    """Return one notification in short."""
    entry = first_entry(container)
    match container["type"]:
        case "activity":
            context = " with context" if "Context" in entry["Activity"] else ""
            return f"{entry['event']} {entry['Activity']['type']}{context}"
        case "timeline":
            return f"timeline {entry.get('identifier', 'no.identifier.plugins').split('.')[2]} {entry['state']}"
        case "status":
            return str(entry["title"])
        case kind:
            return str(kind)
