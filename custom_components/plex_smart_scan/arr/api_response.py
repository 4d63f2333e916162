"""Responses of the downloaders' API and their errors.

Source: the programs' error pipeline (`SonarrErrorPipeline.cs`). The body of an error is a list, an object or empty.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus
import re
from typing import Any, Final

import aiohttp

from ..json_response import async_parse, async_read_body, parse
from ..scanner import log_safe

_MAX_BODY: Final = 64 * 2**20  # bytes
_MAX_ERROR: Final = 64 * 1024  # bytes of an error that are parsed
_WEBHOOK_ID: Final = re.compile(r"(/api/webhook/)[^\s\]\"')]+")


class ArrErrorKind(StrEnum):
    """Reason for a failed request."""

    CANNOT_CONNECT = "cannot_connect"
    TIMEOUT = "timeout"
    SSL_ERROR = "ssl_error"
    INVALID_AUTH = "invalid_auth"
    LOGIN_PAGE = "login_page"  # a proxy requires a login
    STARTING = "starting"
    NOT_FOUND = "not_found"
    REFUSED = "refused"  # validation error; the message names the field
    FAILED = "failed"  # any other error, with the message of the program
    UNKNOWN_PROGRAM = "unknown_program"


class ArrError(Exception):
    """Error of a request. `message` is for users, with the text of the program if there is one.

    `refused` are the rejected fields in lower case.
    """

    def __init__(self, kind: ArrErrorKind, message: str, refused: frozenset[str] = frozenset()) -> None:
        """Store the error on one line, without the webhook ID, which programs repeat in messages."""
        self.kind = kind
        self.message = log_safe(_WEBHOOK_ID.sub(r"\1…", message))
        self.refused = refused
        super().__init__(f"{kind}: {self.message}")


@dataclass(frozen=True, slots=True)
class ApiResponse:
    """A response before it is evaluated."""

    status: int
    raw: bytes
    location: str = ""

    @property
    def ok(self) -> bool:
        """Return whether the status is a success."""
        return HTTPStatus.OK <= self.status < HTTPStatus.MULTIPLE_CHOICES

    async def parsed(self) -> Any:
        """Return the JSON of a success. Raises ArrError otherwise, because login pages have status 200 too."""
        try:
            return await async_parse(self.raw)
        except ValueError as error:
            raise ArrError(ArrErrorKind.LOGIN_PAGE, "The response is not JSON") from error

    def check(self) -> None:
        """Raise ArrError unless the status is a success."""
        if self.ok:
            return
        if self.status < HTTPStatus.BAD_REQUEST or self.status == HTTPStatus.FORBIDDEN:
            raise ArrError(ArrErrorKind.LOGIN_PAGE, f"HTTP {self.status}")
        if self.status == HTTPStatus.UNAUTHORIZED:
            raise ArrError(ArrErrorKind.INVALID_AUTH, "The API key was rejected")
        try:
            body = parse(self.raw) if len(self.raw) <= _MAX_ERROR else None
        except ValueError:
            body = None
        if self.status == HTTPStatus.NOT_FOUND:
            raise ArrError(ArrErrorKind.NOT_FOUND, "Not found")
        if isinstance(body, list) and (failures := [each for each in body if isinstance(each, dict)]):
            names = frozenset(_text(each, "propertyName").lower() for each in failures)
            message = "; ".join(_text(each, "errorMessage") for each in failures)
            raise ArrError(ArrErrorKind.REFUSED, message, names)
        details = body if isinstance(body, dict) else {}
        if self.status == HTTPStatus.SERVICE_UNAVAILABLE and "errorMessage" in details:
            raise ArrError(ArrErrorKind.STARTING, _text(details, "errorMessage"))
        # The field `description` contains a stack trace.
        raise ArrError(ArrErrorKind.FAILED, _text(details, "message") or f"HTTP {self.status}")


async def read_body(response: aiohttp.ClientResponse) -> bytes:
    """Read the body of a response. Raises ArrError if it is too large."""
    try:
        return await async_read_body(response, _MAX_BODY)
    except ValueError as error:
        raise ArrError(ArrErrorKind.FAILED, "The response is too large") from error


def _text(values: Mapping[str, Any], key: str) -> str:
    """Return a text; "" for none and for anything else."""
    value = values.get(key)
    return value if isinstance(value, str) else ""
