"""The answers of the downloaders' API, and the errors that they mean.

Source: the programs' error pipeline (`SonarrErrorPipeline.cs`). The body of an error is a list, an object or empty.
"""

import asyncio
from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus
import json
import re
from typing import Any, Final

import aiohttp

from ..scanner.foreign_text import log_safe

_MAX_ANSWER: Final = 64 * 2**20  # bytes
_PARSE_IN_LOOP: Final = 64 * 1024  # bytes: a larger answer is parsed in a thread
_WEBHOOK_ID: Final = re.compile(r"(/api/webhook/)[^\s\]\"')]+")


class ArrErrorKind(StrEnum):
    """Why a request failed."""

    CANNOT_CONNECT = "cannot_connect"
    TIMEOUT = "timeout"
    SSL_ERROR = "ssl_error"
    INVALID_AUTH = "invalid_auth"
    LOGIN_PAGE = "login_page"  # a proxy in front asks for a login
    STARTING = "starting"
    NOT_FOUND = "not_found"
    REFUSED = "refused"  # validation: the message names the field's problem
    FAILED = "failed"  # any other error; the message is the program's own
    UNKNOWN_PROGRAM = "unknown_program"


class ArrError(Exception):
    """A request that failed. `message` is for people, in the program's own words where it has any.

    `refused` are the fields that the program did not accept, in lower case.
    """

    def __init__(self, kind: ArrErrorKind, message: str, refused: frozenset[str] = frozenset()) -> None:
        """Keep what happened, on one line and without the webhook id that the program repeats."""
        self.kind = kind
        self.message = log_safe(_WEBHOOK_ID.sub(r"\1…", message))
        self.refused = refused
        super().__init__(f"{kind}: {self.message}")


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, before it is judged."""

    status: int
    raw: bytes
    location: str = ""

    @property
    def ok(self) -> bool:
        """Whether it is a success."""
        return HTTPStatus.OK <= self.status < HTTPStatus.MULTIPLE_CHOICES

    async def parsed(self) -> Any:
        """Return the JSON of a success. Raises ArrError for anything else: a login page, too, comes with 200."""
        try:
            if len(self.raw) > _PARSE_IN_LOOP:
                return await asyncio.to_thread(json.loads, self.raw)
            return json.loads(self.raw)
        except ValueError as error:
            raise ArrError(ArrErrorKind.LOGIN_PAGE, "The answer is not JSON") from error

    def check(self) -> None:
        """Raise ArrError unless it is a success."""
        if self.ok:
            return
        if self.status < HTTPStatus.BAD_REQUEST or self.status == HTTPStatus.FORBIDDEN:
            raise ArrError(ArrErrorKind.LOGIN_PAGE, f"HTTP {self.status}")
        if self.status == HTTPStatus.UNAUTHORIZED:
            raise ArrError(ArrErrorKind.INVALID_AUTH, "The API key is not accepted")
        try:
            body = json.loads(self.raw)
        except ValueError:
            body = None
        if self.status == HTTPStatus.NOT_FOUND:
            raise ArrError(ArrErrorKind.NOT_FOUND, "Not found")
        if isinstance(body, list) and (failures := [each for each in body if isinstance(each, dict)]):
            names = frozenset(str(each.get("propertyName", "")).lower() for each in failures)
            message = "; ".join(str(each.get("errorMessage", "")) for each in failures)
            raise ArrError(ArrErrorKind.REFUSED, message, names)
        words = body if isinstance(body, dict) else {}
        if self.status == HTTPStatus.SERVICE_UNAVAILABLE and "errorMessage" in words:
            raise ArrError(ArrErrorKind.STARTING, str(words["errorMessage"]))
        # `description` beside it is a stack trace.
        raise ArrError(ArrErrorKind.FAILED, str(words.get("message") or f"HTTP {self.status}"))


async def read_answer(response: aiohttp.ClientResponse) -> bytes:
    """Read the body of an answer. Raises ArrError for one that is too large."""
    raw = bytearray()
    async for chunk in response.content.iter_chunked(64 * 1024):
        raw += chunk
        if len(raw) > _MAX_ANSWER:
            raise ArrError(ArrErrorKind.FAILED, "The answer is too large")
    return bytes(raw)
