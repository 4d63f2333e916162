"""Client of plex.tv: signing in with a PIN, listing the servers of an account, and signing out a token.

A sign-in takes three requests: create a PIN, check whether the user has claimed it, and list the servers of the
account. The requests use Home Assistant's aiohttp session, receive JSON and follow no redirects. JSON Web Tokens are
not used: media servers reject them, and issuing one for a device revokes the long-lived token of this device.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from http import HTTPStatus
import logging
from math import isfinite
from typing import Any, Final
from urllib.parse import quote, urlencode

import aiohttp
from homeassistant.const import __version__ as ha_version

from .json_response import async_parse, async_read_body

_LOGGER: Final = logging.getLogger(__name__)

PLEX_TV_URL: Final = "https://plex.tv"
AUTH_PAGE_URL: Final = "https://app.plex.tv/auth"
LINK_PAGE_URL: Final = "https://plex.tv/link"

PRODUCT: Final = "Plex Smart Scan"
_PLATFORM: Final = "Home Assistant"
_TIMEOUT: Final = aiohttp.ClientTimeout(total=10)
_MAX_BODY: Final = 4 * 2**20  # bytes; a server needs about five thousand
# Names of the requests for texts, because their paths may contain a PIN.
_NEW_PIN: Final = "new PIN"
_PIN: Final = "PIN"
_ACCOUNT: Final = "account"
_SERVERS: Final = "servers"
# 498 means an expired JSON Web Token, and 422 "Invalid token" in older parts of the API.
_TOKEN_REJECTED: Final = frozenset({401, 422, 498})


class PlexTvErrorKind(StrEnum):
    """Kind of an error from plex.tv. The values are error keys of the config flow."""

    UNREACHABLE = "plex_tv_unreachable"  # also used for too many requests, server errors and HTML pages
    EXPIRED = "sign_in_expired"
    REJECTED = "sign_in_rejected"
    UNEXPECTED = "unknown"


class PlexTvError(Exception):
    """Error of a request to plex.tv. The text contains no token, PIN or code."""

    def __init__(self, kind: PlexTvErrorKind, text: str) -> None:
        """Store the kind of the error."""
        super().__init__(text)
        self.kind = kind


@dataclass(frozen=True, slots=True)
class Pin:
    """A PIN that a user can claim for `expires_in` seconds. `code` is needed for the sign-in page."""

    expires_in: float
    id: int = field(repr=False)
    code: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ListedConnection:
    """An address that a server has announced."""

    uri: str
    address: str
    port: int
    local: bool
    relay: bool


@dataclass(frozen=True, slots=True)
class ListedServer:
    """A server of an account. `identifier` is its machine identifier, `owner` the name if it is shared."""

    identifier: str
    name: str
    owned: bool
    owner: str
    https_required: bool
    connections: tuple[ListedConnection, ...]
    token: str = field(repr=False)


class PlexTv:
    """Client of plex.tv. All methods raise only PlexTvError."""

    def __init__(self, session: aiohttp.ClientSession, client_id: str) -> None:
        """Store the session, which the caller closes, and the client identifier of this Home Assistant."""
        self.client_id = client_id
        self._session = session

    async def create_pin(self, *, strong: bool, origin: str | None = None) -> Pin:
        """Create a PIN with a long code for the sign-in page (`strong`), or with a short code to type.

        The page returns only to URLs of `origin`, the origin of this request.
        """
        headers = {"Origin": origin} if origin else {}
        params = {"strong": "true"} if strong else {}
        response = await self._request("POST", "/api/v2/pins", _NEW_PIN, headers, params)
        try:
            pin = Pin(expires_in=float(response["expiresIn"]), id=int(response["id"]), code=str(response["code"]))
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise _unusable(_NEW_PIN) from error
        if not isfinite(pin.expires_in):
            raise _unusable(_NEW_PIN)
        return pin

    def auth_page(self, pin: Pin, forward_url: str | None = None) -> str:
        """Return the URL of the page where a user claims a PIN. At the end, the page opens `forward_url`."""
        parameters = {
            "clientID": self.client_id,
            "code": pin.code,
            "context[device][product]": PRODUCT,
            "context[device][platform]": _PLATFORM,
            "context[device][platformVersion]": ha_version,
            "context[device][device]": _PLATFORM,
            "context[device][deviceName]": _PLATFORM,
        }
        if forward_url:
            parameters["forwardUrl"] = forward_url
        return f"{AUTH_PAGE_URL}#?{urlencode(parameters, quote_via=quote)}"

    async def token_of(self, pin: Pin) -> str | None:
        """Return the token of the account that claimed a PIN, or None if it is not claimed yet."""
        response = await self._request("GET", f"/api/v2/pins/{pin.id}", _PIN)
        if not isinstance(response, dict):
            raise _unusable(_PIN)
        return response.get("authToken") or None

    async def account_name(self, token: str) -> str:
        """Return the name of the account that a token belongs to."""
        response = await self._request("GET", "/api/v2/user", _ACCOUNT, {"X-Plex-Token": token})
        if not isinstance(response, dict):
            raise _unusable(_ACCOUNT)
        return str(response.get("username") or response.get("title") or "")

    async def servers(self, token: str) -> list[ListedServer]:
        """Return the servers of an account, including those shared with it."""
        params = {"includeHttps": "1", "includeRelay": "1", "includeIPv6": "1"}
        response = await self._request("GET", "/api/v2/resources", _SERVERS, {"X-Plex-Token": token}, params)
        if not isinstance(response, list):
            raise _unusable(_SERVERS)
        try:
            return [_server(row) for row in response if "server" in str(row.get("provides")).split(",")]
        except (AttributeError, KeyError, TypeError, ValueError, OverflowError) as error:
            raise _unusable(_SERVERS) from error

    async def ping(self, token: str) -> None:
        """Keep a token from expiring."""
        await self._request("GET", "/api/v2/ping", "ping", {"X-Plex-Token": token})

    async def sign_out(self, token: str) -> None:
        """Revoke a token at plex.tv and the servers."""
        await self._request("DELETE", "/api/v2/users/signout", "sign-out", {"X-Plex-Token": token})

    async def _request(
        self,
        method: str,
        path: str,
        label: str,
        headers: dict[str, str] | None = None,
        params: dict[str, str] | None = None,
    ) -> Any:
        """Send a request and return the JSON of the response. `label` names the request in texts."""
        try:
            async with self._session.request(
                method,
                f"{PLEX_TV_URL}{path}",
                headers={**self._headers(), **(headers or {})},
                params=params,
                timeout=_TIMEOUT,
                allow_redirects=False,
            ) as response:
                status, body = response.status, await async_read_body(response, _MAX_BODY)
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise _unusable(label, type(error).__name__) from error
        _LOGGER.debug("Response from plex.tv to %s: HTTP %s", label, status)
        if status == HTTPStatus.NO_CONTENT:
            return None
        if status not in {HTTPStatus.OK, HTTPStatus.CREATED}:
            raise _refusal(label, status)
        try:
            return await async_parse(body)
        except ValueError as error:
            raise _unusable(label, "no JSON") from error

    def _headers(self) -> dict[str, str]:
        """Return the headers that identify this client, also in the list of authorized devices."""
        return {
            "Accept": "application/json",
            "X-Plex-Client-Identifier": self.client_id,
            "X-Plex-Product": PRODUCT,
            "X-Plex-Platform": _PLATFORM,
            "X-Plex-Platform-Version": ha_version,
            "X-Plex-Device": _PLATFORM,
            "X-Plex-Device-Name": _PLATFORM,
        }


def _server(row: dict[str, Any]) -> ListedServer:
    """Parse a row of the resources. Raises KeyError, TypeError or ValueError."""
    return ListedServer(
        identifier=str(row["clientIdentifier"]),
        name=str(row.get("name") or row["clientIdentifier"]),
        owned=bool(row["owned"]),
        owner=str(row.get("sourceTitle") or ""),
        https_required=bool(row.get("httpsRequired")),
        connections=tuple(
            ListedConnection(
                uri=str(each["uri"]),
                address=str(each["address"]),
                port=int(each["port"]),
                local=bool(each.get("local")),
                relay=bool(each.get("relay")),
            )
            for each in row.get("connections") or ()
        ),
        token=str(row.get("accessToken") or ""),
    )


def _refusal(label: str, status: int) -> PlexTvError:
    """Return the error for an unsuccessful status."""
    text = f"{label}: plex.tv returned {status}"
    if status in _TOKEN_REJECTED:
        return PlexTvError(PlexTvErrorKind.REJECTED, text)
    if status == HTTPStatus.NOT_FOUND:
        # Of all requested resources, only a PIN can disappear when it expires.
        return PlexTvError(PlexTvErrorKind.EXPIRED, text)
    if status == HTTPStatus.BAD_REQUEST:
        return PlexTvError(PlexTvErrorKind.UNEXPECTED, text)
    return PlexTvError(PlexTvErrorKind.UNREACHABLE, text)


def _unusable(label: str, detail: str = "not what was asked for") -> PlexTvError:
    return PlexTvError(PlexTvErrorKind.UNREACHABLE, f"{label}: no response from plex.tv ({detail})")
