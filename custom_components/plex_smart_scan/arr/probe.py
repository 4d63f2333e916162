"""Verification that notifications arrive, with a test notification that contains a one-time code.

A successful test proves nothing: the program treats a redirect as success, and Home Assistant responds with status 200
for unknown webhook IDs and for callers that are not local.
"""

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
import secrets
from typing import Final

from ..scanner import markdown_safe
from .api_response import ArrError, ArrErrorKind
from .client import ArrClient, Resource
from .webhook_connection import field_of, with_field, with_probe


class Obstacle(StrEnum):
    """Reason why notifications do not arrive. Each has a text with the next step."""

    NAME_NOT_RESOLVED = "name_not_resolved"
    CONNECTION_REFUSED = "connection_refused"
    NO_ROUTE = "no_route"
    CERTIFICATE = "certificate"
    LOGIN_REQUIRED = "login_required"
    PROXY_NOT_TRUSTED = "proxy_not_trusted"
    NOT_HOME_ASSISTANT = "not_home_assistant"
    UNAVAILABLE = "unavailable"
    NOT_DELIVERED = "not_delivered"  # the program reported success, but nothing arrived
    ANSWER_FAILED = "answer_failed"  # the test arrived, but the program did not accept the response
    OTHER = "other"


# Texts in the error messages, in this order. .NET's messages and the part in brackets are not translated.
_SIGNS: Final = (
    (Obstacle.NAME_NOT_RESOLVED, ("name does not resolve", "name or service not known", "nodename nor servname")),
    (Obstacle.CONNECTION_REFUSED, ("connection refused", "actively refused")),
    (Obstacle.NO_ROUTE, ("no route to host", "network is unreachable", "timed out", "host is unreachable")),
    (Obstacle.CERTIFICATE, ("ssl connection could not be established",)),
    (Obstacle.LOGIN_REQUIRED, ("[401", "[403")),
    (Obstacle.PROXY_NOT_TRUSTED, ("[400",)),
    (Obstacle.NOT_HOME_ASSISTANT, ("[404", "[405")),
    (Obstacle.UNAVAILABLE, ("[502", "[503", "[504")),
)


@dataclass(frozen=True, slots=True)
class Failure:
    """A URL that could not be verified. `message` is the text of the program, or "" if there is none."""

    address: str
    obstacle: Obstacle
    message: str = ""


def failures_text(failures: Iterable[Failure]) -> str:
    """Return a line of Markdown for each address that was tried, with the program's own words as they are."""
    return "\n".join(f"- {each.address}: {markdown_safe(each.message or each.obstacle)}" for each in failures)


class Probes:
    """The one-time codes that are expected."""

    def __init__(self) -> None:
        """Create an empty set of codes."""
        self._awaited: dict[str, asyncio.Event] = {}

    @contextmanager
    def expected(self) -> Iterator[tuple[str, asyncio.Event]]:
        """Create a code and the event that is set when a test notification with the code arrives."""
        code = secrets.token_urlsafe(9)
        arrived = self._awaited[code] = asyncio.Event()
        try:
            yield code, arrived
        finally:
            del self._awaited[code]

    def arrived(self, code: str) -> None:
        """Handle the arrival of a test notification."""
        if code in self._awaited:
            self._awaited[code].set()


async def async_prove(client: ArrClient, probes: Probes, connection: Resource) -> Failure | None:
    """Test a connection; return None if its test notification arrives. Raises ArrError if this is impossible.

    The program posts the notification during the call. With the ID of a saved connection, a success also ends a pause
    after failures.
    """
    url = str(field_of(connection, "url"))
    address = url.split("/api/webhook/", 1)[0]
    with probes.expected() as (code, arrived):
        try:
            await client.test(with_field(connection, "url", with_probe(url, code)))
        except ArrError as error:
            if not _is_about_address(error):
                raise
            if arrived.is_set():
                return Failure(address, Obstacle.ANSWER_FAILED, error.message)
            return Failure(address, obstacle_of(error), error.message)
        return None if arrived.is_set() else Failure(address, Obstacle.NOT_DELIVERED)


def _is_about_address(error: ArrError) -> bool:
    """Return whether a test failed because of the URL, not because of another field such as the name."""
    if error.kind is ArrErrorKind.REFUSED:
        return not error.refused or bool(error.refused & {"url", ""})
    return error.kind in {ArrErrorKind.FAILED, ArrErrorKind.TIMEOUT}


def obstacle_of(error: ArrError) -> Obstacle:
    """Return the obstacle that an error describes."""
    if error.kind is ArrErrorKind.TIMEOUT:
        return Obstacle.NO_ROUTE
    details = error.message.lower()
    return next((found for found, signs in _SIGNS if any(sign in details for sign in signs)), Obstacle.OTHER)
