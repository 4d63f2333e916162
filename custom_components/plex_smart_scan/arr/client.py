"""Client of the REST API of Sonarr, Radarr, Lidarr and Readarr.

Source: the programs' controllers. The API key is sent in a header. Redirects are not followed, because aiohttp would
send the header to another host.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
import logging
from typing import Any, Final

import aiohttp
from yarl import URL

from .api_response import ApiResponse, ArrError, ArrErrorKind, read_body
from .programs import ArrProgram, program_named

_LOGGER: Final = logging.getLogger(__name__)

TIMEOUT: Final = 10.0  # seconds
TEST_TIMEOUT: Final = 20.0  # seconds; the program itself waits up to 100 for an address
SLOW_TIMEOUT: Final = 60.0  # seconds, because disks with root folders may have to wake up
_APIS: Final = ("v3", "v1")

type Resource = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrAccess:
    """Access to a program. `url` includes the URL base."""

    url: str
    api_key: str = field(repr=False)
    verify_ssl: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrStatus:
    """The program that responded, and its name."""

    program: ArrProgram
    instance_name: str
    version: str


class ArrClient:
    """Client of one program. All methods raise ArrError."""

    def __init__(self, session: aiohttp.ClientSession, access: ArrAccess, api: str = "") -> None:
        """Store the session, which decides about certificate verification. Without `api`, call `status` first."""
        self._session = session
        self._access = access
        self._api = api

    @property
    def access(self) -> ArrAccess:
        """Return the access, with the URL base that the program reported."""
        return self._access

    async def status(self) -> ArrStatus:
        """Return which program responds."""
        for api in (self._api,) if self._api else _APIS:
            self._api = api
            try:
                response = _object(await self._request("GET", "system/status"))
            except ArrError as error:
                if error.kind is ArrErrorKind.NOT_FOUND and api != _APIS[-1]:
                    self._api = ""
                    continue
                raise
            return _status(response)
        raise ArrError(ArrErrorKind.NOT_FOUND, "No supported API was found")

    # -- connections --------------------------------------------------------------------------------------------------

    async def connections(self) -> list[Resource]:
        """Return all connections."""
        return _with_id(await self._request("GET", "notification"))

    async def webhook_template(self) -> Resource:
        """Return the template of a Webhook connection."""
        for template in _objects(await self._request("GET", "notification/schema")):
            if template.get("implementation") == "Webhook":
                return template
        raise ArrError(ArrErrorKind.FAILED, "The program does not support Webhook connections")

    async def test(self, connection: Resource) -> None:
        """Test a connection. The program posts its test notification before this returns."""
        await self._request("POST", "notification/test", json=connection, timeout=TEST_TIMEOUT, parse=False)

    async def create(self, connection: Resource) -> Resource:
        """Create a connection, which the program tests first."""
        return _object(await self._request("POST", "notification", json=connection, timeout=TEST_TIMEOUT))

    async def update(self, connection: Resource) -> Resource:
        """Replace a connection, without a test if the version supports that."""
        return _object(
            await self._request(
                "PUT",
                f"notification/{connection['id']}",
                json=connection,
                params={"forceSave": "true"},
                timeout=TEST_TIMEOUT,
            )
        )

    async def delete(self, connection_id: int) -> None:
        """Delete a connection if it exists."""
        await self._request("DELETE", f"notification/{connection_id}", parse=False)

    async def health(self) -> list[Resource]:
        """Return the health messages of the program."""
        return _objects(await self._request("GET", "health"))

    # -- files --------------------------------------------------------------------------------------------------------

    async def root_folders(self) -> list[str]:
        """Return the paths of the root folders."""
        rows = _objects(await self._request("GET", "rootfolder", timeout=SLOW_TIMEOUT))
        return [path for row in rows if isinstance(path := row.get("path"), str) and path]

    async def history_since(self, date: datetime) -> list[Resource]:
        """Return the history since a time (inclusive), including grabs and failures."""
        text = date.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return _objects(await self._request("GET", "history/since", params={"date": text}, timeout=SLOW_TIMEOUT))

    async def history_page(self, size: int, event_type: int | None = None) -> list[Resource]:
        """Return the newest rows of the history, newest first. Event type 3 is an import in all programs."""
        params = {"page": "1", "pageSize": str(size), "sortKey": "date", "sortDirection": "descending"}
        if event_type is not None:
            params["eventType"] = str(event_type)
        return _objects(_object(await self._request("GET", "history", params=params)).get("records"))

    async def titles(self, program: ArrProgram) -> list[Resource]:
        """Return all series, movies, artists or authors, which may be many."""
        return _with_id(await self._request("GET", program.titles, timeout=SLOW_TIMEOUT))

    async def files(self, program: ArrProgram, title_id: int) -> list[Resource]:
        """Return the files of a title with path and size in bytes."""
        return _objects(await self._request("GET", program.files, params={program.title_id: str(title_id)}))

    # -- transport ----------------------------------------------------------------------------------------------------

    async def _request(
        self,
        method: str,
        resource: str,
        *,
        params: dict[str, str] | None = None,
        json: Resource | None = None,
        timeout: float = TIMEOUT,
        parse: bool = True,
    ) -> Any:
        """Send a request, and repeat it once if the program redirects to its URL base."""
        path = f"/api/{self._api}/{resource}"
        response = await self._send(method, path, params, json, timeout)
        if response.location and (base := self._base_in(response.location, path)) is not None:
            self._access = ArrAccess(url=base, api_key=self._access.api_key, verify_ssl=self._access.verify_ssl)
            response = await self._send(method, path, params, json, timeout)
        return await response.parsed() if response.ok and parse else response.check()

    async def _send(
        self, method: str, path: str, params: dict[str, str] | None, body: Resource | None, timeout: float
    ) -> ApiResponse:
        try:
            async with self._session.request(
                method,
                URL(f"{self._access.url.rstrip('/')}{path}"),
                params=params,
                json=body,
                headers={"X-Api-Key": self._access.api_key, "Accept": "application/json"},
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(total=timeout),
            ) as response:
                return ApiResponse(response.status, await read_body(response), response.headers.get("Location", ""))
        except TimeoutError as error:
            raise ArrError(ArrErrorKind.TIMEOUT, "No response in time") from error
        except aiohttp.ClientSSLError as error:
            raise ArrError(ArrErrorKind.SSL_ERROR, str(error)) from error
        except (aiohttp.ClientError, OSError, ValueError) as error:
            _LOGGER.debug("%s %s: %s", method, path, type(error).__name__)
            raise ArrError(ArrErrorKind.CANNOT_CONNECT, str(error) or type(error).__name__) from error

    def _base_in(self, location: str, path: str) -> str | None:
        """Return the URL with the base from a redirect, or None if it leads elsewhere, such as to a login page."""
        url = URL(self._access.url)
        try:
            target = url.join(URL(location))
        except ValueError:
            return None
        if target.origin() != url.origin() or not target.path.endswith(path):
            return None
        return f"{url.origin()}{target.path.removesuffix(path)}"


def _status(response: Resource) -> ArrStatus:
    program = program_named(response.get("appName"))
    if program is None:
        raise ArrError(ArrErrorKind.UNKNOWN_PROGRAM, str(response.get("appName", ""))[:50])
    name = str(response.get("instanceName") or program.name)
    return ArrStatus(program=program, instance_name=name, version=str(response.get("version", "")))


def _object(response: Any) -> Resource:
    if not isinstance(response, dict):
        raise ArrError(ArrErrorKind.FAILED, "Unexpected response")
    return response


def _objects(response: Any) -> list[Resource]:
    if not isinstance(response, list):
        raise ArrError(ArrErrorKind.FAILED, "Unexpected response")
    return [each for each in response if isinstance(each, dict)]


def _with_id(response: Any) -> list[Resource]:
    """Return the objects that have an ID, which is part of later requests."""
    return [each for each in _objects(response) if isinstance(each.get("id"), int)]
