"""Whether the server is available. While it is not, all requests wait here, and a probe finds out when it is back."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
import logging
from typing import Any, Final

from ..clock import Clock, wait_for
from ..concurrency import wait_shielded
from ..models import Reason
from ..safe_text import safe_error
from .error_scope import BUSY, REFUSALS, UNCLEAR, as_outage, as_request_error
from .errors import ErrorKind, PlexError
from .retry import RetryAction, decide_retry

_LOGGER: Final = logging.getLogger(__name__)


class ConnectionState(StrEnum):
    """What is known about the server.

    state         entered when                                         left when
    ONLINE        at first; a request succeeds after a probe           a request or the probe fails
    OFFLINE       an error concerns the whole server                   a probe, and then a request, succeeds
    UNAUTHORIZED  the token is rejected                                the token is accepted elsewhere, or is replaced
    While the server starts, it responds to the probe and refuses the next request: that is still one outage.
    """

    ONLINE = "online"
    OFFLINE = "offline"
    UNAUTHORIZED = "unauthorized"


class ServerAvailability:
    """Sends requests while the server is available; while it is not, they wait without a time limit."""

    def __init__(
        self,
        probe: Callable[[], Awaitable[object]],
        clock: Clock,
        on_change: Callable[[ConnectionState, PlexError | None], None] = lambda _state, _error: None,
        *,
        compare: Callable[[], Awaitable[object]] | None = None,
    ) -> None:
        """Begin online.

        `probe` identifies the server. `on_change` is called when the state changes, with the error unless it is online.
        `compare` requests what no server refuses; it is called when a request was refused.
        """
        self.state = ConnectionState.ONLINE
        self.error: PlexError | None = None  # why the server is not online
        self.outages = 0
        self._probe = probe
        self._compare = compare
        self.clock = clock
        self._on_change = on_change
        self._available = asyncio.Event()
        self._available.set()
        self._probe_requested = asyncio.Event()
        self._retry_requested = asyncio.Event()
        self._failures = 0
        self._active_calls = 0
        self._rechecks = 0
        self._comparison_failed = False  # in the current outage: the server responds to probes
        self._probing: asyncio.Task[None] | None = None
        self._checks: dict[Callable[[], Awaitable[object]], asyncio.Future[object]] = {}

    @property
    def reason(self) -> Reason | None:
        """Why all requests wait; None while the server is available."""
        return {
            ConnectionState.ONLINE: None,
            ConnectionState.OFFLINE: Reason.SERVER_OFFLINE,
            ConnectionState.UNAUTHORIZED: Reason.NOT_AUTHORIZED,
        }[self.state]

    async def call[T](self, request: Callable[[], Awaitable[T]]) -> T:
        """Call a function, and call it again once the server is back.

        Raises PlexError for an error that concerns this request alone.
        """
        self._active_calls += 1
        try:
            while True:
                await self._available.wait()
                try:
                    result = await request()
                except PlexError as error:
                    await self.handle_error(error)
                else:
                    if not self._rechecks:
                        self._failures = 0
                    self._report_online()
                    return result
        finally:
            self._active_calls -= 1
            if not self._active_calls:
                self._report_online()

    async def call_optional[T](self, request: Callable[[], Awaitable[T]]) -> T:
        """Call a function that decides no outcome, and call it again once the server is back.

        Raises PlexError also if only this request is told to wait although the server responds to others.
        """

        async def attempt() -> T | PlexError:
            try:
                return await request()
            except PlexError as error:
                if error.kind in BUSY and await self.is_serving():
                    return error
                raise

        result = await self.call(attempt)
        if isinstance(result, PlexError):
            raise result
        return result

    async def wait_until_available(self) -> None:
        """Wait while the server is unavailable."""
        await self._available.wait()

    @contextmanager
    def recheck(self) -> Iterator[None]:
        """Let calls prepare the repetition of a request that the server refused.

        Their success does not mean that the server is back: it may refuse that request again.
        """
        self._rechecks += 1
        try:
            yield
        finally:
            self._rechecks -= 1

    async def is_serving(self) -> bool:
        """Return whether the server responds to a request that no server refuses; else it counts as unavailable.

        To be called before a request is given up: a server whose every request fails may be repaired later.
        """
        if self._compare is None:
            return True
        if not self._available.is_set():
            return False
        try:
            await self._check_once(self._compare)
        except PlexError as error:
            self._comparison_failed = True
            self._pause_if_outage(as_outage(error))
            return False
        return True

    def _report_online(self) -> None:
        """Report that the server is back, unless it has become unavailable again, or a refused request is pending."""
        if self._available.is_set() and not self._rechecks:
            self._set(ConnectionState.ONLINE, None)

    async def handle_error(self, error: PlexError) -> None:
        """Change the state if the error concerns the whole server; else raise it."""
        found = await self._classify(error)
        if found is not None and not self._pause_if_outage(found):
            self._report_online()
            raise found

    def _pause_if_outage(self, error: PlexError) -> bool:
        """Change the state if the error concerns all requests, and return whether it does."""
        action = decide_retry(error, self._failures + 1).action
        if action is RetryAction.STOP:
            self._set(ConnectionState.UNAUTHORIZED, error)
        elif action is RetryAction.WAIT_FOR_SERVER:
            self.set_offline(error)
        return action in {RetryAction.STOP, RetryAction.WAIT_FOR_SERVER}

    async def _classify(self, error: PlexError) -> PlexError | None:
        """Find out with a probe whether an error concerns the request or the server, and return the matching error.

        None if the server is already known to be unavailable.
        """
        if error.kind not in UNCLEAR:
            return error
        if not self._available.is_set():
            return None
        try:
            await self._check_once(self._probe)
        except PlexError as second:
            return as_outage(second)
        if self._compare and error.kind in REFUSALS:
            try:
                await self._check_once(self._compare)
            except PlexError as second:
                # Without a comparison it is unknown whether the refusal is real: the request is repeated.
                if second.kind not in REFUSALS:
                    return as_request_error(second)
                self._comparison_failed = True
                return as_outage(second)
        return as_request_error(error)

    async def _check_once(self, check: Callable[[], Awaitable[object]]) -> None:
        """Call a check once for all requests that need it at the same time."""
        running = self._checks.get(check)
        if running is None or running.done():
            running = self._checks[check] = asyncio.ensure_future(check())
        await wait_shielded(running)

    def set_offline(self, error: PlexError) -> None:
        """Make all requests wait until a probe succeeds."""
        if self.state is ConnectionState.OFFLINE and not self._available.is_set():
            return
        self._set(ConnectionState.OFFLINE, error)
        self._probing = asyncio.create_task(self._probe_until_back(error))

    def probe_now(self) -> None:
        """Probe the server now instead of after the current pause."""
        self._probe_requested.set()

    def retry_now(self) -> None:
        """Repeat at once everything that waits for another attempt, the probe included."""
        self.probe_now()
        self._retry_requested.set()
        self._retry_requested = asyncio.Event()

    async def pause(self, seconds: float) -> bool:
        """Wait before another attempt (seconds). Return True if the user requested it earlier."""
        return await wait_for(self.clock, self._retry_requested, seconds)

    def confirm_authorized(self) -> None:
        """Record that the server has accepted the token elsewhere."""
        if self.state is ConnectionState.UNAUTHORIZED:
            self._set(ConnectionState.ONLINE, None)

    async def _probe_until_back(self, error: PlexError) -> None:
        while True:
            self._failures += 1
            self._probe_requested.clear()
            await wait_for(self.clock, self._probe_requested, decide_retry(error, self._failures).delay)
            try:
                await self._probe()
                if self._comparison_failed and self._compare:
                    await self._compare()
            except PlexError as again:
                error = as_outage(again)
                if error.kind is ErrorKind.AUTH:
                    self._set(ConnectionState.UNAUTHORIZED, error)
                    return
                self._set(ConnectionState.OFFLINE, error)
                continue
            self._comparison_failed = False
            # A starting server responds to the probe and refuses the next request: report it as online after that.
            self._available.set()
            if not self._active_calls:
                self._report_online()
            return

    def _set(self, state: ConnectionState, error: PlexError | None) -> None:
        if state is ConnectionState.ONLINE:
            self._available.set()
        else:
            if self._available.is_set():
                self.outages += 1
            self._available.clear()
        # Another server in its place is reported even during an outage.
        known = state is self.state and _other_server(error) == _other_server(self.error)
        self.error = error
        if known:
            return
        _LOGGER.debug("The state of Plex changed to %s: %s", state, error)
        self.state = state
        try:
            self._on_change(state, error)
        except Exception as unexpected:
            # An error in the listener must not prevent the change.
            _LOGGER.exception("Unexpected error in a listener", exc_info=safe_error(unexpected))

    async def close(self) -> None:
        """Stop probing."""
        tasks: list[asyncio.Future[Any]] = list(self._checks.values())
        if self._probing:
            tasks.append(self._probing)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _other_server(error: PlexError | None) -> str | None:
    return error.server if error else None
