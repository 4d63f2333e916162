"""The door to Plex: the only module that knows plexapi. Its answers are our own types, its errors `PlexError`.

plexapi is synchronous and its session is not made for threads, so it runs in the executor, one request at a time on
each of two lanes: a command that hangs never holds up a look-up, and Plex never has more than two requests of ours.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
import logging
from math import inf
from typing import Final, override
from urllib.parse import quote, urlencode
from xml.etree.ElementTree import Element, ParseError

from plexapi.exceptions import PlexApiException
from plexapi.server import PlexServer
from plexapi.utils import base64str
import requests
import urllib3

from . import answers
from .models import LEAF_TYPES, Library, Server
from .rest import RestFallback
from .retry import ErrorKind, PlexError, kind_of_status, longer_timeout
from .sharing import shared

_LOGGER: Final = logging.getLogger(__name__)

REQUEST_TIMEOUT: Final = 30.0  # seconds
STORAGE_TIMEOUT: Final = 10.0  # seconds: what it tells is worth no longer wait


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """How to reach a server. The token is kept out of every text."""

    url: str
    token: str
    verify_ssl: bool = True

    @override
    def __repr__(self) -> str:
        """Show where, never with what."""
        return f"Access(url={self.url!r})"


@dataclass(frozen=True, slots=True)
class _Question:
    """One HTTP request; with `seconds` it may take no longer than that."""

    path: str
    method: str = "get"
    headers: tuple[tuple[str, str], ...] = ()
    seconds: float = inf


class PlexGateway:
    """All that is ever asked of Plex. Every method raises PlexError and nothing else."""

    def __init__(
        self, access: Access, *, timeout: float = REQUEST_TIMEOUT, fallback: RestFallback | None = None
    ) -> None:
        """Keep the access; nothing is asked yet. `timeout` is in seconds for each request."""
        self.access = access
        self._questions = _Lane(access, timeout)
        self._commands = _Lane(access, timeout)
        self._fallback = fallback

    async def close(self) -> None:
        """Close the connections once what is under way is over."""
        await self._questions.close()
        await self._commands.close()

    async def server(self) -> Server:
        """Who answers, and whether the token is good: `/`."""
        try:
            client = await self._questions.connect()
            await self._commands.connect()
        except PlexError:
            raise
        except Exception as error:
            # plexapi takes whatever answers for a server, and stumbles over what is none.
            raise PlexError(ErrorKind.NOT_PLEX, f"the answer is not Plex's: {type(error).__name__}") from error
        if not getattr(client, "machineIdentifier", None):
            raise PlexError(ErrorKind.NOT_PLEX, "the answer names no machineIdentifier")
        return Server(
            machine_identifier=client.machineIdentifier,
            name=client.friendlyName or "",
            version=client.version or "",
            platform=client.platform or "",
        )

    async def check_rights(self) -> None:
        """Ask for what is the owner's alone. Raises PlexError: `PERMISSION` for a token that may only read."""
        await self._ask("/:/prefs")

    async def libraries(self) -> tuple[Library, ...]:
        """All libraries with their locations, as of now."""
        return answers.libraries(await self._ask("/library/sections"))

    async def find(self, library: Library, piece: str, limit: int, item_type: int | None = None) -> answers.Page:
        """The files whose path contains `piece` (no comma in it: that would mean "or"), at most `limit` items.

        The filter is not documented, but recorded on Plex 1.43; `type` is needed, else show libraries answer 500.
        """
        kind = item_type or LEAF_TYPES[library.type]
        query = urlencode({"type": kind, "file": piece})
        root = await self._ask(f"/library/sections/{library.id}/all?{query}", page_size=limit)
        return answers.page(root)

    async def missing_files(self, rating_key: int) -> frozenset[str]:
        """The files of an item that the server itself cannot find on its disk."""
        root = await self._ask(f"/library/metadata/{rating_key}?checkFiles=1")
        return frozenset(part.get("file", "") for part in root.iter("Part") if part.get("exists") == "0")

    async def refresh(self, library: Library, folder: str | None) -> None:
        """Ask for a scan of one folder, or of the whole library. The answer says only that it is queued."""
        where = f"?{urlencode({'path': folder})}" if folder is not None else ""
        await self._tell(f"/library/sections/{library.id}/refresh{where}", "get")

    async def refresh_item(self, rating_key: int) -> None:
        """Ask for an item's metadata, local files beside it included, to be read again."""
        await self._tell(f"/library/metadata/{rating_key}/refresh", "put")

    async def analyze(self, rating_key: int) -> None:
        """Ask for an item's file to be read again: after a replacement Plex goes on showing the old streams."""
        await self._tell(f"/library/metadata/{rating_key}/analyze", "put")

    async def activities(self) -> tuple[answers.Activity, ...]:
        """What the server is doing."""
        return answers.activities(await self._ask("/activities"))

    async def browse(self, folder: str) -> tuple[answers.Entry, ...] | None:
        """What the server itself sees in a folder; None when it sees no such folder."""
        try:
            root = await self._ask(f"/services/browse/{quote(base64str(folder))}?includeFiles=1")
        except PlexError as error:
            if error.kind in {ErrorKind.NOT_FOUND, ErrorKind.BAD_REQUEST}:
                return None
            raise
        return answers.entries(root)

    async def count(self, library: Library, item_type: int) -> int:
        """How many items of a Plex type a library has, without their data."""
        path = f"/library/sections/{library.id}/all?type={item_type}&includeCollections=0"
        return answers.total(await self._ask(path, page_size=0))

    async def newest(self, library: Library, item_type: int) -> tuple[int, tuple[str, int | None] | None]:
        """How many items of a Plex type a library has, with the newest one's title and time (Unix seconds)."""
        path = f"/library/sections/{library.id}/all?type={item_type}&includeCollections=0&sort=addedAt%3Adesc"
        root = await self._ask(path, page_size=1)
        return answers.total(root), answers.newest(root)

    async def storage(self) -> dict[int, tuple[int | None, int | None]]:
        """Duration (milliseconds) and bytes of every library, in one request."""
        question = _Question("/media/providers?includeStorage=1", seconds=STORAGE_TIMEOUT)
        # Plex may sum all its media for it: on the lane of the commands it holds up no look-up.
        return answers.storage(_container(await self._send(self._commands, question)))

    async def _ask(self, path: str, *, page_size: int | None = None) -> Element:
        headers: tuple[tuple[str, str], ...] = ()
        if page_size is not None:
            headers = (("X-Plex-Container-Start", "0"), ("X-Plex-Container-Size", str(page_size)))
        return _container(await self._send(self._questions, _Question(path, headers=headers)))

    async def _tell(self, path: str, method: str) -> None:
        await self._send(self._commands, _Question(path, method))

    async def _send(self, lane: _Lane, question: _Question) -> Element | None:
        try:
            return await lane.send(question)
        except PlexError:
            raise
        except Exception as error:
            # Not Plex but plexapi failed: the same question, in plain HTTP.
            if self._fallback is None:
                raise PlexError(ErrorKind.BROKEN_ANSWER, f"plexapi failed: {type(error).__name__}") from error
            _LOGGER.debug("Plexapi failed with %s, asking again without it", type(error).__name__)
            return await self._fallback.send(question.path, question.method, dict(question.headers))


class _Lane:
    """One plexapi client and the lock that keeps it to one request at a time."""

    def __init__(self, access: Access, timeout: float) -> None:
        self._access = access
        self._timeout = timeout
        self._timeouts = 0
        self._client: PlexServer | None = None
        self._answer: requests.Response | None = None
        self._session = requests.Session()
        self._session.verify = access.verify_ssl
        # plexapi's errors carry no status and no headers; what was answered is kept here for them.
        self._session.hooks["response"].append(self._keep)
        self._lock = asyncio.Lock()
        if not access.verify_ssl:
            urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)

    async def connect(self) -> PlexServer:
        """Return the client, made anew: plexapi asks `/` for it, which tells who answers."""
        async with self._lock:
            self._client = None
            return await self._in_executor(self._connected)

    async def send(self, question: _Question) -> Element | None:
        """Send one request."""
        async with self._lock:
            return await self._in_executor(self._sent, question)

    async def close(self) -> None:
        """Close the connections once the request under way is over."""
        async with self._lock:
            self._session.close()

    async def _in_executor[*Ts, T](self, function: Callable[[*Ts], T], *args: *Ts) -> T:
        job = asyncio.get_running_loop().run_in_executor(None, partial(self._translated, function, *args))
        try:
            return await shared(job)
        except asyncio.CancelledError:
            # A thread cannot be interrupted: the lane stays taken until the request is over.
            await asyncio.wait([job])
            raise

    def _translated[*Ts, T](self, function: Callable[[*Ts], T], *args: *Ts) -> T:
        """Run in the executor, and turn every error of Plex and the network into a PlexError."""
        self._answer = None
        try:
            result = function(*args)
        except requests.exceptions.RequestException as error:
            raise self._network_error(error) from error
        except ParseError as error:
            raise PlexError(ErrorKind.BROKEN_ANSWER, "Plex's answer was cut or is no XML") from error
        except (PlexApiException, TypeError) as error:
            # TypeError: plexapi knows no name for this status (498, 52x).
            refused = self._refused()
            if refused is None:
                raise
            raise refused from error
        self._timeouts = 0
        return result

    def _refused(self) -> PlexError | None:
        return None if self._answer is None or self._answer.ok else _refusal(self._answer)

    def _connected(self) -> PlexServer:
        if self._client is None:
            access = self._access
            self._client = PlexServer(access.url, access.token, self._session, self._seconds)
        return self._client

    def _sent(self, question: _Question) -> Element | None:
        method = self._session.put if question.method == "put" else self._session.get
        root: Element | None = self._connected().query(
            question.path,
            method=method,
            headers=dict(question.headers),
            timeout=min(self._seconds, question.seconds),
        )
        return root

    @property
    def _seconds(self) -> float:
        return longer_timeout(self._timeout, self._timeouts)

    def _network_error(self, error: requests.exceptions.RequestException) -> PlexError:
        if isinstance(error, requests.exceptions.SSLError):
            return PlexError(ErrorKind.TLS, "the certificate of the server could not be verified")
        if isinstance(error, requests.exceptions.ReadTimeout):
            seconds = self._seconds
            self._timeouts += 1
            return PlexError(ErrorKind.TIMEOUT, f"no answer within {seconds:.0f} seconds")
        # An answer that broke off concerns this request; a connection that was not made concerns them all.
        reached = isinstance(error, requests.exceptions.ConnectionError) and isinstance(
            next(iter(error.args), None), urllib3.exceptions.ProtocolError
        )
        broken = (requests.exceptions.ChunkedEncodingError, requests.exceptions.ContentDecodingError)
        kind = ErrorKind.BROKEN_ANSWER if reached or isinstance(error, broken) else ErrorKind.NETWORK
        return PlexError(kind, type(error).__name__)

    def _keep(self, answer: requests.Response, *_args: object, **_kwargs: object) -> None:
        self._answer = answer


def _container(root: Element | None) -> Element:
    """An answer that is Plex's own."""
    if root is None:
        raise PlexError(ErrorKind.BROKEN_ANSWER, "Plex answered with an empty body")
    if root.tag != "MediaContainer":
        raise PlexError(ErrorKind.BROKEN_ANSWER, f"Plex answered with <{root.tag}>, not with its XML")
    return root


def _refusal(answer: requests.Response) -> PlexError:
    """Turn an answer that is no success into an error, without its URL."""
    after = answer.headers.get("Retry-After", "")
    return PlexError(
        kind_of_status(answer.status_code, answer.text),
        f"Plex answered {answer.status_code}",
        status=answer.status_code,
        retry_after=float(after) if after.isdecimal() else None,
    )
