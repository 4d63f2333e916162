"""The errors of requests to Plex, by kind. Sources: responses of real servers, and plexapi 4.18."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import Final
from urllib.parse import urlsplit

from ..safe_text import log_safe


class ErrorKind(StrEnum):
    """What went wrong."""

    AUTH = "auth"
    PERMISSION = "permission"
    NOT_FOUND = "not_found"
    BAD_REQUEST = "bad_request"
    STARTING_UP = "starting_up"
    RATE_LIMITED = "rate_limited"
    SERVER_ERROR = "server_error"
    UNAVAILABLE = "unavailable"
    BROKEN_RESPONSE = "broken_answer"
    NETWORK = "network"
    TIMEOUT = "timeout"
    TLS = "tls"
    NOT_PLEX = "not_plex"
    WRONG_SERVER = "wrong_server"


class PlexError(Exception):
    """A request to Plex failed. The text never contains the token.

    `retry_after` is in seconds, if the server specified it; `server` is the machine identifier of a wrong server.
    """

    def __init__(
        self,
        kind: ErrorKind,
        text: str,
        *,
        status: int | None = None,
        retry_after: float | None = None,
        server: str | None = None,
    ) -> None:
        """Store the kind of the error and its text."""
        super().__init__(log_safe(text))
        self.kind = kind
        self.server = server
        self.status = status
        self.retry_after = retry_after


SUCCESS: Final = frozenset({200, 201, 204})  # the statuses that plexapi accepts
# A starting server responds to everything with 503 and the second sentence (or a similar one about the database), later
# commands with 400 and the first one. A 400 without them is a refusal, a 503 without them comes from a proxy.
_STARTING: Final = ("still starting up", "Plex Media Server is currently running")


def kind_of_status(status: int, body: str = "") -> ErrorKind:
    """Return the kind of error of an HTTP status that is not a success.

    498 is an expired plex.tv token; 403 is a shared user's; 502 to 504 come from a proxy, or from Plex while it starts;
    520 to 530 come from Cloudflare, which did not reach Plex. Plex never redirects: that is a proxy's sign-in page, or
    its redirection to https.
    """
    if status in {401, 498}:
        return ErrorKind.AUTH
    if any(sentence in body for sentence in _STARTING):
        return ErrorKind.STARTING_UP
    known = {
        403: ErrorKind.PERMISSION,
        404: ErrorKind.NOT_FOUND,
        408: ErrorKind.TIMEOUT,
        429: ErrorKind.RATE_LIMITED,
        502: ErrorKind.UNAVAILABLE,
        503: ErrorKind.UNAVAILABLE,
        504: ErrorKind.UNAVAILABLE,
    }
    if status in known:
        return known[status]
    if 300 <= status < 400:  # noqa: PLR2004 - HTTP's redirections
        return ErrorKind.NOT_PLEX
    if 520 <= status <= 530:  # noqa: PLR2004 - as above
        return ErrorKind.UNAVAILABLE
    return ErrorKind.SERVER_ERROR if status >= 500 else ErrorKind.BAD_REQUEST  # noqa: PLR2004 - HTTP's server errors


def error_from_response(status: int, headers: Mapping[str, str], body: str, now: datetime) -> PlexError:
    """Convert a response that is not a success to an error. `headers` must be case-insensitive."""
    where = headers.get("Location")
    return PlexError(
        kind_of_status(status, body),
        f"the server redirects {_redirect_target(where)}" if where else f"Plex responded with HTTP status {status}",
        status=status,
        retry_after=_retry_after(headers.get("Retry-After", ""), now),
    )


def _redirect_target(location: str) -> str:
    """Return where a redirection leads, without the path, which may contain secrets."""
    try:
        url = urlsplit(location)
        port = f":{url.port}" if url.port else ""
    except ValueError:
        return "elsewhere"
    return f"to {url.scheme}://{url.hostname}{port}" if url.scheme and url.hostname else "to another page"


def _retry_after(text: str, now: datetime) -> float | None:
    """Return the seconds of a Retry-After header, which contains seconds or a date; None for neither."""
    if text.isdecimal():
        return float(text)
    try:
        when = parsedate_to_datetime(text)
    except ValueError:
        return None
    return max((when.replace(tzinfo=when.tzinfo or UTC) - now).total_seconds(), 0.0)
