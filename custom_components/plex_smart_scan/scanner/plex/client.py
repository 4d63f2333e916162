"""The door to Plex: the only module that knows plexapi. Its answers are our own types, its errors `PlexError`.

plexapi is synchronous and its session is not made for threads, so it runs in the executor, one request at a time on
each of two lanes: a command that hangs never holds up a look-up, and Plex never has more than two requests of ours.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
import logging
from math import inf
from typing import Any, Final, override
from urllib.parse import quote, urlencode
from xml.etree.ElementTree import Element

from plexapi.server import PlexServer
from plexapi.utils import base64str

from ..concurrency import wait_shielded
from ..models import LEAF_TYPES, Library, Server
from ..unexpected_errors import UnexpectedErrors
from . import xml
from .connections import ServerIdentity
from .errors import ErrorKind, PlexError, longer_timeout
from .transport import MAX_ANSWER, Session

REQUEST_TIMEOUT: Final = 30.0  # seconds
SMALL_ANSWER: Final = 2**20  # bytes: of a question whose answer does not grow with the libraries
STORAGE_TIMEOUT: Final = 10.0  # seconds: what it tells is worth no longer wait


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """How to reach a server. The token is kept out of every text."""

    url: str
    token: str
    verify_ssl: bool = True
    machine_identifier: str | None = None  # of the server that may get the token; None: whichever answers first

    @override
    def __repr__(self) -> str:
        """Show where, never with what."""
        return f"Access(url={self.url!r})"


@dataclass(frozen=True, slots=True)
class _Question:
    """One HTTP request, the seconds that it may take at most, and the bytes that its answer may have."""

    path: str
    method: str = "GET"
    headers: tuple[tuple[str, str], ...] = ()
    seconds: float = inf
    limit: int = MAX_ANSWER

    @property
    def subject(self) -> str:
        """What it is about: questions of one subject take about equally long."""
        parts = self.path.partition("?")[0].split("/")
        return "/".join(parts[: 4 if parts[1:3] == ["library", "sections"] else 3])


_WHO: Final = _Question("/", limit=SMALL_ANSWER)  # what plexapi asks when a client is made


class PlexClient:
    """All that is ever asked of Plex. Every method raises PlexError and nothing else."""

    def __init__(self, access: Access, *, timeout: float = REQUEST_TIMEOUT) -> None:
        """Keep the access; nothing is asked yet. `timeout` is in seconds for each whole answer."""
        self.access = access
        self.identity = ServerIdentity(access.machine_identifier)
        self._questions = _Lane(access, self.identity, timeout)
        self._commands = _Lane(access, self.identity, timeout)

    async def close(self) -> None:
        """Close the connections; nobody waits for what is under way."""
        await self._questions.close()
        await self._commands.close()

    async def server(self) -> Server:
        """Who answers, and whether the token is good: `/`, on both lanes."""
        server = await self.probe()
        await self._client(self._commands)
        return server

    async def probe(self) -> Server:
        """Ask who answers, where no hanging command holds it up."""
        client = await self._client(self._questions)
        if not getattr(client, "machineIdentifier", None):
            raise PlexError(ErrorKind.NOT_PLEX, "the answer names no machineIdentifier")
        self.identity.check(client.machineIdentifier)
        return Server(
            machine_identifier=client.machineIdentifier,
            name=client.friendlyName or "",
            version=client.version or "",
            platform=client.platform or "",
        )

    async def _client(self, lane: _Lane) -> PlexServer:
        try:
            return await lane.connect()
        except PlexError as error:
            raise _not_plex_for_404(error) from error
        except Exception as error:
            # plexapi takes whatever answers for a server, and stumbles over what is none.
            raise PlexError(ErrorKind.NOT_PLEX, f"the answer is not Plex's: {type(error).__name__}") from error

    async def check_rights(self) -> None:
        """Ask for what is the owner's alone. Raises PlexError: `PERMISSION` for a token that may only read."""
        await self._ask("/:/prefs")

    async def libraries(self) -> tuple[Library, ...]:
        """All libraries with their locations, as of now."""
        try:
            return xml.libraries(await self._ask("/library/sections"))
        except PlexError as error:
            raise _not_plex_for_404(error) from error

    async def find(
        self, library: Library, piece: str, limit: int, item_type: int | None = None, *, start: int = 0
    ) -> xml.Page:
        """Return files whose path contains `piece` (no comma in it: that would mean "or"), at most `limit` items.

        `start` is the number of the first item wanted, in the server's own order.

        The filter is not documented, but recorded on Plex 1.43; `type` is needed, else show libraries answer 500.
        """
        kind = item_type or LEAF_TYPES[library.type]
        query = urlencode({"type": kind, "file": piece})
        root = await self._ask(f"/library/sections/{library.id}/all?{query}", page_size=limit, start=start)
        page = xml.page(root)
        if not page.files and not root.get("librarySectionID"):
            # Plex names the library also where it lists nothing. A proxy that says the same of everything does not.
            raise PlexError(ErrorKind.BROKEN_ANSWER, "Plex's answer names no library")
        return page

    async def missing_files(self, rating_key: int) -> frozenset[str] | None:
        """The files of an item that the server itself cannot find on its disk; None when there is no such item."""
        root = await self._unless_gone(self._ask(f"/library/metadata/{rating_key}?checkFiles=1&skipRefresh=1"))
        if root is None:
            return None
        return frozenset(part.get("file", "") for part in root.iter("Part") if part.get("exists") == "0")

    async def refresh(self, library: Library, folder: str | None) -> None:
        """Ask for a scan of one folder, or of the whole library. The answer says only that it is queued.

        GET works on every version and POST is the documented form: a server that knows no GET for it gets a POST.
        """
        where = f"?{urlencode({'path': folder})}" if folder is not None else ""
        path = f"/library/sections/{library.id}/refresh{where}"
        try:
            await self._tell(path, "GET")
        except PlexError as error:
            if error.kind is not ErrorKind.NOT_FOUND or not await self._is_listed(library):
                raise
            await self._tell(path, "POST")

    async def _is_listed(self, library: Library) -> bool:
        return any(each.id == library.id for each in await self.libraries())

    async def refresh_item(self, rating_key: int) -> None:
        """Ask for an item's metadata, local files beside it included, to be read again, if there is such an item."""
        await self._unless_gone(self._tell(f"/library/metadata/{rating_key}/refresh", "PUT"))

    async def analyze(self, rating_key: int) -> None:
        """Ask for an item's file to be read again: after a replacement Plex goes on showing the old streams."""
        await self._unless_gone(self._tell(f"/library/metadata/{rating_key}/analyze", "PUT"))

    async def activities(self) -> tuple[xml.Activity, ...]:
        """What the server is doing."""
        return xml.activities(await self._ask("/activities"))

    async def browse(self, folder: str) -> tuple[xml.Entry, ...] | None:
        """What the server itself sees in a folder; None when it sees no such folder."""
        try:
            root = await self._unless_gone(self._ask(f"/services/browse/{quote(base64str(folder))}?includeFiles=1"))
        except PlexError as error:
            if error.kind is ErrorKind.BAD_REQUEST:
                return None
            raise
        return None if root is None else xml.entries(root)

    async def can_browse(self) -> bool:
        """Tell whether the server answers questions about its disk at all. Raises PlexError if it is away."""
        try:
            await self._ask("/services/browse")
        except PlexError as error:
            if error.kind in {ErrorKind.NOT_FOUND, ErrorKind.PERMISSION, ErrorKind.BAD_REQUEST}:
                return False
            raise
        return True

    async def count(self, library: Library, item_type: int) -> int:
        """How many items of a Plex type a library has, without their data."""
        path = f"/library/sections/{library.id}/all?type={item_type}&includeCollections=0"
        return xml.total(await self._ask(path, page_size=0))

    async def newest(self, library: Library, item_type: int) -> tuple[int, tuple[str, int | None] | None]:
        """How many items of a Plex type a library has, with the newest one's title and time (Unix seconds)."""
        path = f"/library/sections/{library.id}/all?type={item_type}&includeCollections=0&sort=addedAt%3Adesc"
        root = await self._ask(path, page_size=1)
        return xml.total(root), xml.newest(root)

    async def storage(self) -> dict[int, tuple[int | None, int | None]]:
        """Duration (milliseconds) and bytes of every library, in one request."""
        question = _Question("/media/providers?includeStorage=1", seconds=STORAGE_TIMEOUT)
        # Plex may sum all its media for it: on the lane of the commands it holds up no look-up.
        return xml.storage(_container(await self._send(self._commands, question)))

    async def _ask(self, path: str, *, page_size: int | None = None, start: int = 0) -> Element:
        headers: tuple[tuple[str, str], ...] = ()
        if page_size is not None:
            headers = (("X-Plex-Container-Start", str(start)), ("X-Plex-Container-Size", str(page_size)))
        return _container(await self._send(self._questions, _Question(path, headers=headers)))

    async def _tell(self, path: str, method: str) -> None:
        await self._send(self._commands, _Question(path, method))

    async def _unless_gone[T](self, question: Awaitable[T]) -> T | None:
        """The answer; None where what was asked about is gone, which says nothing about its library."""
        try:
            return await question
        except PlexError as error:
            if error.kind is not ErrorKind.NOT_FOUND:
                raise
        await self.probe()  # or else a proxy finds nothing at all, while Plex is away behind it
        return None

    async def _send(self, lane: _Lane, question: _Question) -> Element | None:
        return await lane.send(question)


def _not_plex_for_404(error: PlexError) -> PlexError:
    """What every Plex has is not found: a proxy answers, while Plex is away behind it."""
    if error.kind is not ErrorKind.NOT_FOUND:
        return error
    return PlexError(ErrorKind.NOT_PLEX, str(error), status=error.status, retry_after=error.retry_after)


class _GuardedServer(PlexServer):
    """plexapi's client; only the reading of answers is ours, bounded in time and size."""

    _session: Session

    @override
    def query(
        self,
        key: str,
        method: str | None = None,
        headers: dict[str, str] | None = None,
        params: None = None,
        timeout: float | None = None,
        **options: Any,
    ) -> Element | None:
        """Ask for a path, as plexapi does with its own token and headers. `timeout` is in seconds."""
        return self._session.ask(
            method or "GET",
            self.url(key),  # type: ignore[no-untyped-call]
            self._headers(**(headers or {})),  # type: ignore[no-untyped-call]
            seconds=timeout or self._timeout,
            limit=options.get("limit", SMALL_ANSWER),
        )


class _Lane:
    """One plexapi client and the lock that keeps it to one request at a time."""

    def __init__(self, access: Access, identity: ServerIdentity, timeout: float) -> None:
        self._access = access
        self._timeout = timeout
        self._timeouts: Counter[str] = Counter()  # in a row, by subject: what is quick does not shorten what is slow
        self._client: PlexServer | None = None
        self._session = Session(access.url, verify_ssl=access.verify_ssl, identity=identity)
        self._lock = asyncio.Lock()
        self._left: asyncio.Future[Any] | None = None  # the request that somebody stopped waiting for
        self._unexpected = UnexpectedErrors()

    async def connect(self) -> PlexServer:
        """Return the client, made anew: plexapi asks `/` for it, which tells who answers."""
        async with self._lock:
            self._client = None
            return await self._in_executor(_WHO, self._connected)

    async def send(self, question: _Question) -> Element | None:
        """Send one request."""
        async with self._lock:
            return await self._in_executor(question, partial(self._sent, question))

    async def close(self) -> None:
        """Close the connections; a request under way ends by itself, and nobody waits for that."""
        self._session.close()

    async def _in_executor[T](self, question: _Question, function: Callable[[], T]) -> T:
        if self._left is not None:
            # A thread cannot be interrupted: the lane stays taken until its request is over.
            await asyncio.wait([self._left])
        job = asyncio.get_running_loop().run_in_executor(None, partial(self._counted, question, function))
        try:
            return await wait_shielded(job)
        except asyncio.CancelledError:
            self._left = job
            raise

    def _counted[T](self, question: _Question, function: Callable[[], T]) -> T:
        """Run in the executor, and count time-outs."""
        try:
            result = function()
        except PlexError as error:
            if error.kind is ErrorKind.TIMEOUT:
                self._timeouts[question.subject] += 1
            raise
        self._timeouts.pop(question.subject, None)
        return result

    def _connected(self) -> PlexServer:
        if self._client is None:
            access = self._access
            seconds = self._seconds(_WHO)
            self._client = _GuardedServer(access.url, access.token, self._session, seconds)  # type: ignore[no-untyped-call]
        return self._client

    def _sent(self, question: _Question) -> Element | None:
        seconds, headers = self._seconds(question), dict(question.headers)
        try:
            root: Element | None = self._connected().query(
                question.path, question.method, headers, timeout=seconds, limit=question.limit
            )
        except PlexError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever an incompatible plexapi raises
            # Not Plex but plexapi failed: the same question without it.
            self._unexpected.tell("plexapi failed where Plex did not", error, logging.WARNING)
        else:
            return root
        url = self._access.url.rstrip("/") + question.path
        headers |= {"X-Plex-Token": self._access.token, "Accept": "text/xml"}
        try:
            return self._session.ask(question.method, url, headers, seconds=seconds, limit=question.limit)
        except PlexError:
            raise
        except Exception as error:
            self._unexpected.tell("Plain HTTP failed where Plex did not", error)
            raise PlexError(ErrorKind.BROKEN_ANSWER, f"unexpected {type(error).__name__}, see the log") from error

    def _seconds(self, question: _Question) -> float:
        return min(longer_timeout(self._timeout, self._timeouts[question.subject]), question.seconds)


def _container(root: Element | None) -> Element:
    """An answer that is Plex's own."""
    if root is None:
        raise PlexError(ErrorKind.BROKEN_ANSWER, "Plex answered with an empty body")
    if root.tag != "MediaContainer":
        raise PlexError(ErrorKind.BROKEN_ANSWER, f"Plex answered with <{root.tag}>, not with its XML")
    return root
