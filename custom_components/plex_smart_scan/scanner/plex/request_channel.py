"""One plexapi client that sends one request at a time, in the executor."""

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
import logging
from math import inf
from typing import Any, Final, override
from xml.etree.ElementTree import Element

from plexapi.server import PlexServer

from ..concurrency import wait_shielded
from ..unexpected_errors import UnexpectedErrors
from .access_token import Access
from .errors import ErrorKind, PlexError
from .identity import ServerIdentity
from .retry import longer_timeout
from .transport import MAX_ANSWER, Session

SMALL_ANSWER: Final = 2**20  # bytes: of a question whose answer does not grow with the libraries


@dataclass(frozen=True, slots=True)
class Question:
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


IDENTIFY: Final = Question("/", limit=SMALL_ANSWER)  # what plexapi asks when a client is made


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


class RequestChannel:
    """One plexapi client and the lock that keeps it to one request at a time."""

    def __init__(self, access: Access, identity: ServerIdentity, timeout: float) -> None:
        """Create the channel without connecting. `timeout` is in seconds for each whole answer."""
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
            return await self._in_executor(IDENTIFY, self._connected)

    async def send(self, question: Question) -> Element | None:
        """Send one request."""
        async with self._lock:
            return await self._in_executor(question, partial(self._sent, question))

    async def close(self) -> None:
        """Close the connections; a request under way ends by itself, and nobody waits for that."""
        self._session.close()

    async def _in_executor[T](self, question: Question, function: Callable[[], T]) -> T:
        if self._left is not None:
            # A thread cannot be interrupted: the lane stays taken until its request is over.
            await asyncio.wait([self._left])
        job = asyncio.get_running_loop().run_in_executor(None, partial(self._counted, question, function))
        try:
            return await wait_shielded(job)
        except asyncio.CancelledError:
            self._left = job
            raise

    def _counted[T](self, question: Question, function: Callable[[], T]) -> T:
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
            seconds = self._seconds(IDENTIFY)
            self._client = _GuardedServer(access.url, access.token, self._session, seconds)  # type: ignore[no-untyped-call]
        return self._client

    def _sent(self, question: Question) -> Element | None:
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

    def _seconds(self, question: Question) -> float:
        return min(longer_timeout(self._timeout, self._timeouts[question.subject]), question.seconds)


def media_container(root: Element | None) -> Element:
    """An answer that is Plex's own."""
    if root is None:
        raise PlexError(ErrorKind.BROKEN_ANSWER, "Plex answered with an empty body")
    if root.tag != "MediaContainer":
        raise PlexError(ErrorKind.BROKEN_ANSWER, f"Plex answered with <{root.tag}>, not with its XML")
    return root
