"""Wait until a user has claimed a PIN at plex.tv, then read what the account can use."""

import asyncio
from dataclasses import dataclass, field
import logging
from typing import Final

from ..plex_tv import ListedServer, Pin, PlexTv, PlexTvError, PlexTvErrorKind

_LOGGER: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Timing:
    """How often plex.tv is asked, in seconds. Plex advises against more than one question a second."""

    poll: float = 2.0
    longest: float = 16.0  # after errors
    gap: float = 1.0  # at least, also when the browser comes back early
    attempts: int = 4  # to read the servers, once the PIN is claimed


TIMING: Final = Timing()


@dataclass(frozen=True, slots=True)
class SignedIn:
    """An account that a user signed in with."""

    account: str
    servers: tuple[ListedServer, ...] = field(repr=False)


async def async_signed_in(plex_tv: PlexTv, pin: Pin, nudge: asyncio.Event) -> SignedIn:
    """Return the account once the PIN is claimed. `nudge` is set when it may just have been. Raises PlexTvError."""
    token = await _async_token(plex_tv, pin, nudge)
    servers = await _async_servers(plex_tv, token)
    try:
        account = await plex_tv.account_name(token)
    except PlexTvError as error:
        # It is only shown to people, who can do without it.
        _LOGGER.debug("The name of the account is unknown: %s", error)
        account = "?"
    return SignedIn(account, tuple(servers))


async def _async_token(plex_tv: PlexTv, pin: Pin, nudge: asyncio.Event) -> str:
    """Ask until the PIN is claimed or expired; the last time when it expires, for a claim during a long pause."""
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
            _LOGGER.debug("Asking again: %s", error)
            failure = error
            delay = longer(delay)
        if is_last:
            raise failure


async def _async_servers(plex_tv: PlexTv, token: str) -> list[ListedServer]:
    """Read the servers of the account; one failure must not cost the user the sign-in."""
    delay = TIMING.poll
    for _ in range(TIMING.attempts - 1):
        try:
            return await plex_tv.servers(token)
        except PlexTvError as error:
            if error.kind is not PlexTvErrorKind.UNREACHABLE:
                raise
            _LOGGER.debug("Asking again: %s", error)
        await asyncio.sleep(delay)
        delay = longer(delay)
    return await plex_tv.servers(token)


async def _async_pause(nudge: asyncio.Event, seconds: float) -> None:
    """Wait so many seconds, or until the browser comes back; no shorter than the gap that Plex asks for."""
    gap = min(TIMING.gap, max(seconds, 0))
    await asyncio.sleep(gap)
    try:
        async with asyncio.timeout(max(seconds - gap, 0)):
            await nudge.wait()
    except TimeoutError:
        return
    nudge.clear()


def longer(delay: float) -> float:
    """Return the pause after another failure, in seconds."""
    return min(2 * delay, TIMING.longest)
