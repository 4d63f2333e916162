"""Whether the server is there. Everything asked of it goes through here; when it is away, all wait for one probe."""

import asyncio
from collections.abc import Awaitable, Callable
from enum import StrEnum
import logging
from typing import Any, Final

from ..clock import Clock, wait_for
from ..concurrency import wait_shielded
from ..models import Reason
from .errors import ErrorKind, PlexError
from .retry import RetryAction, decide_retry

_LOGGER: Final = logging.getLogger(__name__)

# Errors of one question, or of the whole server? A simple question tells; where it is answered, they are these errors:
_OF_ONE_QUESTION: Final = {
    ErrorKind.AUTH: ErrorKind.PERMISSION,  # a shared user's token is good for reading, and refused for scanning
    ErrorKind.TIMEOUT: ErrorKind.TIMEOUT,
    ErrorKind.BROKEN_ANSWER: ErrorKind.BROKEN_ANSWER,
    ErrorKind.SERVER_ERROR: ErrorKind.SERVER_ERROR,
    ErrorKind.UNAVAILABLE: ErrorKind.SERVER_ERROR,
    ErrorKind.NOT_PLEX: ErrorKind.BROKEN_ANSWER,
    ErrorKind.BAD_REQUEST: ErrorKind.BAD_REQUEST,
    ErrorKind.PERMISSION: ErrorKind.PERMISSION,
}
# A proxy or a misconfigured server may answer the simple question and refuse everything else.
_REFUSALS: Final = {ErrorKind.BAD_REQUEST, ErrorKind.PERMISSION}


class ConnectionState(StrEnum):
    """What is known of the server."""

    ONLINE = "online"
    OFFLINE = "offline"
    UNAUTHORIZED = "unauthorized"


class ServerAvailability:
    """Passes questions on while the server is there, and holds them while it is not, however long that takes."""

    def __init__(
        self,
        probe: Callable[[], Awaitable[object]],
        clock: Clock,
        changed: Callable[[ConnectionState, PlexError | None], None] = lambda _state, _error: None,
        *,
        compare: Callable[[], Awaitable[object]] | None = None,
    ) -> None:
        """Keep how to ask whether the server is back, and whom to tell.

        `compare` asks what a server that serves requests always answers; it is asked when a question was refused, and
        before one is given up.
        """
        self.state = ConnectionState.ONLINE
        self.error: PlexError | None = None  # why the server is not online
        self.outages = 0
        self._probe = probe
        self._compare = compare
        self.clock = clock
        self._changed = changed
        self._open = asyncio.Event()
        self._open.set()
        self._hurry = asyncio.Event()
        self._retry = asyncio.Event()
        self._failures = 0
        self._asking = 0
        self._probing: asyncio.Task[None] | None = None
        self._opinions: dict[Callable[[], Awaitable[object]], asyncio.Future[object]] = {}

    @property
    def reason(self) -> Reason | None:
        """Why everything waits; None while the server is there."""
        return {
            ConnectionState.ONLINE: None,
            ConnectionState.OFFLINE: Reason.SERVER_OFFLINE,
            ConnectionState.UNAUTHORIZED: Reason.NOT_AUTHORIZED,
        }[self.state]

    async def call[T](self, ask: Callable[[], Awaitable[T]]) -> T:
        """Ask, and ask again once the server is back. Raises PlexError for what concerns this question alone."""
        self._asking += 1
        try:
            while True:
                await self._open.wait()
                try:
                    answer = await ask()
                except PlexError as error:
                    await self.take(error)
                else:
                    self._failures = 0
                    self._tell_online()
                    return answer
        finally:
            self._asking -= 1
            if not self._asking:
                self._tell_online()

    async def wait_until_open(self) -> None:
        """Wait while all questions are held."""
        await self._open.wait()

    def _tell_online(self) -> None:
        """Tell that the server is back, unless it went away again meanwhile."""
        if self._open.is_set():
            self._set(ConnectionState.ONLINE, None)

    async def take(self, error: PlexError) -> None:
        """Change the state when the error concerns the whole server; else raise it, whoever met it."""
        found = await self._second_opinion(error)
        if found is not None and not self._holds(found):
            self._tell_online()
            raise found

    def _holds(self, error: PlexError) -> bool:
        """Hold every question if the error deserves it; True if it does."""
        action = decide_retry(error, self._failures + 1).action
        if action is RetryAction.STOP:
            self._set(ConnectionState.UNAUTHORIZED, error)
        elif action is RetryAction.WAIT_FOR_SERVER:
            self.go_offline(error)
        return action in {RetryAction.STOP, RetryAction.WAIT_FOR_SERVER}

    async def _second_opinion(self, error: PlexError) -> PlexError | None:
        """Tell by other questions what an error is; None when everything is held already."""
        if error.kind not in _OF_ONE_QUESTION:
            return error
        if not self._open.is_set():
            return None
        try:
            await self._ask_once(self._probe)
        except PlexError as second:
            return _as_away(second)
        if self._compare and error.kind in _REFUSALS:
            try:
                await self._ask_once(self._compare)
            except PlexError as second:
                # Without a comparison nobody knows whether the refusal is meant: what failed is tried again.
                return _as_away(second) if second.kind in _REFUSALS else _of_one_question(second)
        return _of_one_question(error)

    async def is_serving(self) -> bool:
        """Ask, before something is given up, what a server that serves requests always answers.

        False if it does not: then the server counts as away, whatever else it answers.
        """
        if self._compare is None:
            return True
        if not self._open.is_set():
            return False
        try:
            await self._ask_once(self._compare)
        except PlexError as error:
            self._holds(_as_away(error))
            return False
        return True

    async def _ask_once(self, ask: Callable[[], Awaitable[object]]) -> None:
        """Ask once for all who are in doubt at the same time."""
        opinion = self._opinions.get(ask)
        if opinion is None or opinion.done():
            opinion = self._opinions[ask] = asyncio.ensure_future(ask())
        await wait_shielded(opinion)

    def go_offline(self, error: PlexError) -> None:
        """Hold every question until a probe succeeds."""
        if self.state is ConnectionState.OFFLINE and not self._open.is_set():
            return
        self._set(ConnectionState.OFFLINE, error)
        self._probing = asyncio.create_task(self._until_back(error))

    def hurry(self) -> None:
        """Ask now whether the server is back, instead of in a while."""
        self._hurry.set()

    def retry(self) -> None:
        """Do at once whatever waits before it is tried again: the probe, and what pauses."""
        self.hurry()
        self._retry.set()
        self._retry = asyncio.Event()

    async def pause(self, seconds: float) -> bool:
        """Wait before something is tried again. True when somebody asked to try at once."""
        return await wait_for(self.clock, self._retry, seconds)

    def go_online(self) -> None:
        """Take in that the server has answered somebody else, token and all."""
        if self.state is ConnectionState.UNAUTHORIZED:
            self._set(ConnectionState.ONLINE, None)

    async def _until_back(self, error: PlexError) -> None:
        while True:
            self._failures += 1
            self._hurry.clear()
            await wait_for(self.clock, self._hurry, decide_retry(error, self._failures).delay)
            try:
                await self._probe()
            except PlexError as again:
                error = _as_away(again)
                if error.kind is ErrorKind.AUTH:
                    self._set(ConnectionState.UNAUTHORIZED, error)
                    return
                self._set(ConnectionState.OFFLINE, error)
                continue
            # A server that starts answers the probe, and refuses what it is asked next: that is one outage, not many.
            self._open.set()
            if not self._asking:
                self._tell_online()
            return

    def _set(self, state: ConnectionState, error: PlexError | None) -> None:
        if state is ConnectionState.ONLINE:
            self._open.set()
        else:
            self.outages += self._open.is_set()
            self._open.clear()
        # Who answers in its place, if any does, is worth telling in the middle of an outage.
        known = state is self.state and _impostor(error) == _impostor(self.error)
        self.error = error
        if known:
            return
        _LOGGER.debug("Plex is %s now: %s", state, error)
        self.state = state
        try:
            self._changed(state, error)
        except Exception:
            # Whoever listens must not keep the server away.
            _LOGGER.exception("Unexpected error in a listener")

    async def close(self) -> None:
        """End the probing."""
        tasks: list[asyncio.Future[Any]] = list(self._opinions.values())
        if self._probing:
            tasks.append(self._probing)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _impostor(error: PlexError | None) -> str | None:
    return error.server if error else None


def _of_one_question(error: PlexError) -> PlexError:
    """Return what an error is while the server answers other questions well."""
    own = _OF_ONE_QUESTION.get(error.kind, error.kind)
    return PlexError(own, str(error), status=error.status, retry_after=error.retry_after, server=error.server)


def _as_away(error: PlexError) -> PlexError:
    """What a failed probe says: that the token is wrong, or else that the server is away, in whatever way it fails."""
    if error.kind is ErrorKind.AUTH or decide_retry(error, 1).action is RetryAction.WAIT_FOR_SERVER:
        return error
    return PlexError(ErrorKind.UNAVAILABLE, str(error), status=error.status, retry_after=error.retry_after)
