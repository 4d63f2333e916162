"""Posts notifications like the webhooks of the programs, with the same error messages."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
import json
from typing import Any, Final, Literal

import aiohttp
from yarl import URL

from tests.fake_arr.errors import ApiError, failed, invalid
from tests.fake_arr.programs import Release

type NetworkError = Literal["name", "refused", "route", "tls", "hangs"]

_MESSAGES: Final[dict[str, str]] = {
    "name": "Name does not resolve ({host}:{port})",
    "refused": "Connection refused ({host}:{port})",
    "route": "No route to host ({host}:{port})",
    "tls": "The SSL connection could not be established, see inner exception.",
}
_TIMED_OUT: Final = "Http request timed out"


@dataclass(frozen=True)
class Posted:
    """A sent notification. `status` is None without a response."""

    url: str
    body: dict[str, Any]
    status: int | None
    answer: str = ""

    @property
    def json(self) -> Any:
        """Return the parsed response."""
        return json.loads(self.answer)


@dataclass
class Network:
    """The network of the program.

    `routes` maps the origins of the URLs to the real ones, `network_errors` contains the error of a host.
    """

    routes: dict[str, str] = field(default_factory=dict)
    network_errors: dict[str, NetworkError] = field(default_factory=dict)

    def real(self, url: URL) -> URL:
        """Return the real target of a URL."""
        origin = self.routes.get(str(url.origin()))
        if origin is None:
            return url
        target = URL(origin)
        return url.with_scheme(target.scheme).with_host(target.host or "").with_port(target.port)


class Sender:
    """Posts notifications. Redirects are not followed and count as success."""

    def __init__(self, release: Release, network: Network) -> None:
        """Store the release and the network."""
        self._release = release
        self.network = network
        self.posted: list[Posted] = []
        self.patience = 100.0  # seconds: the programs' own timeout
        self.hanging = asyncio.Event()  # set once a request waits for an address that swallows packets
        self._session: aiohttp.ClientSession | None = None
        self._closed = asyncio.Event()

    def reopen(self) -> None:
        """Simulate addresses that do not respond again."""
        self._closed.clear()

    async def close(self) -> None:
        """Close the connections and stop waiting for addresses."""
        self._closed.set()
        if self._session:
            await self._session.close()
            self._session = None

    async def post(self, fields: dict[str, Any], body: dict[str, Any]) -> Posted:
        """Post to a connection. Raises ApiError like the test of the connection."""
        url = URL(str(fields.get("url") or ""))
        method = {1: "POST", 2: "PUT"}.get(fields.get("method", 1))
        if method is None:
            msg = f"Unexpected method {fields.get('method')}"
            raise failed(message=f"ArgumentOutOfRangeException: {msg}")
        if "headers" in fields and fields["headers"] is None:
            raise failed(message="Object reference not set to an instance of an object.")
        error = self.network.network_errors.get(url.host or "")
        if error == "hangs":
            await self._hang()
        elif error:
            self.posted.append(Posted(str(url), body, None))
            raise failed(message=_MESSAGES[error].format(host=url.host, port=url.port))
        return await self._send(method, url, fields, body)

    async def _hang(self) -> None:
        self.hanging.set()
        with suppress(TimeoutError):
            async with asyncio.timeout(self.patience):
                await self._closed.wait()
        raise failed(message=_TIMED_OUT, status=400 if self._release.serves_v5 else 500)

    async def _send(self, method: str, url: URL, fields: dict[str, Any], body: dict[str, Any]) -> Posted:
        self._session = self._session or aiohttp.ClientSession()
        headers = {each["key"]: each["value"] for each in fields.get("headers") or ()}
        auth = aiohttp.BasicAuth(fields["username"], fields.get("password") or "") if fields.get("username") else None
        try:
            async with self._session.request(
                method, self.network.real(url), json=body, headers=headers, auth=auth, allow_redirects=False
            ) as response:
                posted = Posted(str(url), body, response.status, await response.text())
        except aiohttp.ClientConnectorError as error:
            self.posted.append(Posted(str(url), body, None))
            raise failed(message=f"Connection refused ({url.host}:{url.port})") from error
        except aiohttp.ClientError as error:
            self.posted.append(Posted(str(url), body, None))
            raise failed(message=f"An error occurred while sending the request: {type(error).__name__}") from error
        self.posted.append(posted)
        if (posted.status or 0) >= 400:
            raise self._refused(posted)
        return posted

    def _refused(self, posted: Posted) -> ApiError:
        reason = {400: "BadRequest", 401: "Unauthorized", 403: "Forbidden", 404: "NotFound", 503: "ServiceUnavailable"}
        name = reason.get(posted.status or 0, "Error")
        message = f"Unable to post to webhook: HTTP request failed: [{posted.status}:{name}] [POST] at [{posted.url}]"
        if self._release.number >= (4,) or self._release.program.api == "v1":
            message = f"Unable to send test message: {message}"
        return invalid("Url", message, posted.url)
