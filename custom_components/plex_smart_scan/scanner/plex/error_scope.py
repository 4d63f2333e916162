"""Whether an error concerns one request or the whole server."""

from typing import Final

from .errors import ErrorKind, PlexError
from .retry import RetryAction, decide_retry

# The kind of error of a request if the server responds to others at that moment.
_REQUEST_ERRORS: Final = {
    ErrorKind.AUTH: ErrorKind.PERMISSION,  # a shared user's token may read but not scan
    ErrorKind.TIMEOUT: ErrorKind.TIMEOUT,
    ErrorKind.BROKEN_RESPONSE: ErrorKind.BROKEN_RESPONSE,
    ErrorKind.SERVER_ERROR: ErrorKind.SERVER_ERROR,
    ErrorKind.UNAVAILABLE: ErrorKind.SERVER_ERROR,
    ErrorKind.NOT_PLEX: ErrorKind.BROKEN_RESPONSE,
    ErrorKind.BAD_REQUEST: ErrorKind.BAD_REQUEST,
    ErrorKind.PERMISSION: ErrorKind.PERMISSION,
}
# These errors may concern one request or the whole server: a probe decides.
UNCLEAR: Final = frozenset(_REQUEST_ERRORS)
# What a server says of itself as a whole, and a proxy of one kind of request.
BUSY: Final = frozenset({ErrorKind.STARTING_UP, ErrorKind.RATE_LIMITED})
# A proxy or a misconfigured server may respond to the probe and refuse everything else.
REFUSALS: Final = frozenset({ErrorKind.AUTH, ErrorKind.BAD_REQUEST, ErrorKind.PERMISSION})


def as_request_error(error: PlexError) -> PlexError:
    """Return the error for a request that failed while the server responds to others."""
    own = _REQUEST_ERRORS.get(error.kind, error.kind)
    return PlexError(own, str(error), status=error.status, retry_after=error.retry_after, server=error.server)


def as_outage(error: PlexError) -> PlexError:
    """Return the error of a failed probe: a rejected token, or else an outage."""
    if error.kind is ErrorKind.AUTH or decide_retry(error, 1).action is RetryAction.WAIT_FOR_SERVER:
        return error
    return PlexError(ErrorKind.UNAVAILABLE, str(error), status=error.status, retry_after=error.retry_after)
