"""The HTTP below plexapi: where it may go, and what its failures mean."""

from datetime import UTC, datetime
from typing import Any, override

import requests
import urllib3

from .errors import SUCCESS, ErrorKind, PlexError, refusal

_BROKEN_OFF = (requests.exceptions.ChunkedEncodingError, requests.exceptions.ContentDecodingError)


class Session(requests.Session):
    """Follows no redirect, for the token would go wherever it leads, and remembers the last answer.

    plexapi's errors carry no status and no headers; what was answered is kept here for them.
    """

    def __init__(self, *, verify_ssl: bool) -> None:
        """Make no connection yet."""
        super().__init__()
        self.verify = verify_ssl
        self.answer: requests.Response | None = None
        self.hooks["response"].append(self._keep)
        if not verify_ssl:
            urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)

    @override
    def merge_environment_settings(self, *arguments: Any, **options: Any) -> Any:
        """Leave certificates unverified where that is wanted: requests lets REQUESTS_CA_BUNDLE overrule it."""
        settings = super().merge_environment_settings(*arguments, **options)
        return settings if self.verify else {**settings, "verify": False}

    @override
    def get_redirect_target(self, resp: requests.Response) -> str | None:
        """Return None: nowhere."""
        return None

    def refusal(self) -> PlexError | None:
        """What the last answer was if it was no success."""
        answer = self.answer
        if answer is None or answer.status_code in SUCCESS:
            return None
        return refusal(answer.status_code, answer.headers, answer.text, datetime.now(UTC))

    def _keep(self, answer: requests.Response, *_args: object, **_kwargs: object) -> None:
        self.answer = answer


def failure(error: requests.exceptions.RequestException, seconds: float) -> PlexError:
    """Turn an error of requests into ours. `seconds` is how long the answer was waited for."""
    if isinstance(error, requests.exceptions.SSLError):
        return PlexError(ErrorKind.TLS, "the certificate of the server could not be verified")
    cause = next(iter(error.args), None)
    # What requests calls a time-out depends on where it happens: before the answer, or in the middle of it.
    if isinstance(error, requests.exceptions.ReadTimeout) or isinstance(cause, urllib3.exceptions.ReadTimeoutError):
        return PlexError(ErrorKind.TIMEOUT, f"no answer within {seconds:.0f} seconds")
    # An answer that broke off concerns this request; a connection that was not made concerns them all.
    reached = isinstance(error, requests.exceptions.ConnectionError) and isinstance(
        cause, urllib3.exceptions.ProtocolError
    )
    kind = ErrorKind.BROKEN_ANSWER if reached or isinstance(error, _BROKEN_OFF) else ErrorKind.NETWORK
    return PlexError(kind, type(error).__name__)
