"""Waits until a user has claimed a PIN at plex.tv, then reads the servers of the account."""

import asyncio
from dataclasses import dataclass, field
import logging
from typing import Final

from ..plex_tv import ListedServer, Pin, PlexTv, PlexTvError, PlexTvErrorKind

_LOGGER: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Timing:
    """Intervals in seconds for polling plex.tv. Plex recommends at most one request per second."""

    poll: float = 2.0
    longest: float = 16.0  # after errors
    gap: float = 1.0  # minimum, also if the browser returns early
    attempts: int = 4  # time limit for reading the servers after the PIN was claimed


TIMING: Final = Timing()


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The account of a sign-in, with its servers."""

    account: str
    servers: tuple[ListedServer, ...] = field(repr=False)


async def async_signed_in(plex_tv: PlexTv, pin: Pin, nudge: asyncio.Event) -> SignedIn:
    """Return the account when the PIN is claimed. `nudge` is set when it may have been claimed. Raises PlexTvError."""
    token = await _async_token(plex_tv, pin, nudge)
    servers = await _async_servers(plex_tv, token)
    try:
        account = await plex_tv.account_name(token)
    except PlexTvError as error:
        # The name is only shown to the user and is not required.
        _LOGGER.debug("Failed to read the name of the account: %s", error)
        account = "?"
    return SignedIn(account, tuple(servers))


async def _async_token(plex_tv: PlexTv, pin: Pin, nudge: asyncio.Event) -> str:
    """Poll until the PIN is claimed or expires, with a last check when it expires."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + pin.expires_in
    delay = TIMING.poll
    while True:
        await _async_pause(nudge, min(delay, deadline - loop.time()))
        is_last = loop.time() >= deadline
        failure = PlexTvError(PlexTvErrorKind.EXPIRED, "the PIN has expired")
        try:
            if token := await plex_tv.token_of(pin):
                return token
            delay = TIMING.poll
        except PlexTvError as error:
            if error.kind is not PlexTvErrorKind.UNREACHABLE:
                raise
            _LOGGER.debug("Retrying the request to plex.tv: %s", error)
            failure = error
            delay = longer(delay)
        if is_last:
            raise failure


async def _async_servers(plex_tv: PlexTv, token: str) -> list[ListedServer]:
    """Read the servers of the account, with retries so that one error does not cancel the sign-in."""
    delay = TIMING.poll
    for _ in range(TIMING.attempts - 1):
        try:
            return await plex_tv.servers(token)
        except PlexTvError as error:
            if error.kind is not PlexTvErrorKind.UNREACHABLE:
                raise
            _LOGGER.debug("Retrying the request to plex.tv: %s", error)
        await asyncio.sleep(delay)
        delay = longer(delay)
    return await plex_tv.servers(token)


async def _async_pause(nudge: asyncio.Event, seconds: float) -> None:
    """Wait, or continue early when the browser returns, but not before the minimum interval."""
    gap = min(TIMING.gap, max(seconds, 0))
    await asyncio.sleep(gap)
    try:
        async with asyncio.timeout(max(seconds - gap, 0)):
            await nudge.wait()
    except TimeoutError:
        return
    nudge.clear()


def longer(delay: float) -> float:
    """Return the pause after another error, in seconds."""
    return min(2 * delay, TIMING.longest)
