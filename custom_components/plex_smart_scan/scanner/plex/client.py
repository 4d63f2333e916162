"""The client of Plex: with the request channel, the only module that uses plexapi. It returns this package's own types.

plexapi is synchronous and its session is not thread-safe, so it runs in the executor, one request at a time on each of
two channels: a command that hangs does not delay a look-up, and Plex receives at most two requests at a time.
"""

from collections.abc import Awaitable
from typing import Final
from urllib.parse import quote, urlencode
from xml.etree.ElementTree import Element

from plexapi.server import PlexServer
from plexapi.utils import base64str

from ..models import LEAF_TYPES, Library, Server
from . import xml
from .errors import ErrorKind, PlexError
from .retry import MAX_REFUSALS
from .transport.identity import ServerIdentity
from .transport.plexapi_channel import HttpRequest, PlexApiChannel, media_container
from .url_and_token import Access

REQUEST_TIMEOUT: Final = 30.0  # seconds
STORAGE_TIMEOUT: Final = 10.0  # seconds; the statistics work without it

_BAD_REQUEST: Final = 400
_NO_SUCH_METHOD: Final = frozenset({404, 405})


class PlexClient:
    """All requests that are sent to Plex. Every method raises PlexError and nothing else."""

    def __init__(self, access: Access, *, timeout: float = REQUEST_TIMEOUT) -> None:
        """Store the access without connecting. `timeout` is in seconds for each complete response."""
        self.access = access
        self.identity = ServerIdentity(access.machine_identifier)
        self._questions = PlexApiChannel(access, self.identity, timeout)
        self._commands = PlexApiChannel(access, self.identity, timeout)

    async def close(self) -> None:
        """Close the connections without waiting for running requests."""
        await self._questions.close()
        await self._commands.close()

    async def server(self) -> Server:
        """Identify the server and check the token on both channels (`/`)."""
        server = await self.probe()
        await self._client(self._commands)
        return server

    async def probe(self) -> Server:
        """Identify the server on the channel that no command can delay."""
        client = await self._client(self._questions)
        if not getattr(client, "machineIdentifier", None):
            raise PlexError(ErrorKind.NOT_PLEX, "the response contains no machineIdentifier")
        self.identity.check(client.machineIdentifier)
        return Server(
            machine_identifier=client.machineIdentifier,
            name=client.friendlyName or "",
            version=client.version or "",
            platform=client.platform or "",
        )

    async def _client(self, channel: PlexApiChannel) -> PlexServer:
        try:
            return await channel.connect()
        except PlexError as error:
            raise _not_plex_if_not_found(error) from error
        except Exception as error:
            # plexapi raises various errors if something other than Plex responds.
            raise PlexError(ErrorKind.NOT_PLEX, f"the response is not from Plex: {type(error).__name__}") from error

    async def check_rights(self) -> None:
        """Request something that only the owner may read. Raises PlexError: `PERMISSION` for a shared token."""
        await self._query("/:/prefs")

    async def libraries(self) -> tuple[Library, ...]:
        """Return all libraries with their locations."""
        try:
            root = await self._query("/library/sections")
        except PlexError as error:
            raise _not_plex_if_not_found(error) from error
        libraries = xml.libraries(root)
        if not libraries and not root.get("title1"):
            # Plex's list has a title even if it is empty (recorded); a proxy's response for everything does not.
            raise PlexError(ErrorKind.BROKEN_RESPONSE, "the response from Plex is not a list of libraries")
        return libraries

    async def find(
        self, library: Library, term: str, limit: int, item_type: int | None = None, *, start: int = 0
    ) -> xml.Page:
        """Return files whose path contains `term`, at most `limit` items.

        A comma in the term would mean "or". `start` is the number of the first item, in the server's order. The filter
        is undocumented but recorded on Plex 1.43; without `type`, show libraries return 500.
        """
        kind = item_type or LEAF_TYPES[library.type]
        query = urlencode({"type": kind, "file": term})
        root = await self._query(f"/library/sections/{library.id}/all?{query}", page_size=limit, start=start)
        page = xml.page(root)
        if not page.files and not root.get("librarySectionID"):
            # Plex names the library even if it lists nothing; a proxy with one response for everything does not.
            raise PlexError(ErrorKind.BROKEN_RESPONSE, "the response from Plex does not specify the library")
        return page

    async def files_missing_on_disk(self, rating_key: int) -> frozenset[str] | None:
        """Return the files of an item that Plex does not find on its disk; None if there is no such item."""
        root = await self._none_if_not_found(self._query(f"/library/metadata/{rating_key}?checkFiles=1&skipRefresh=1"))
        if root is None:
            return None
        return frozenset(part.get("file", "") for part in root.iter("Part") if part.get("exists") == "0")

    async def refresh(self, library: Library, folder: str | None) -> None:
        """Request a scan of a folder, or of the whole library. The response only says that it is queued.

        GET works with every version and POST is the documented form: a server that does not know GET gets a POST.
        """
        where = f"?{urlencode({'path': folder})}" if folder is not None else ""
        path = f"/library/sections/{library.id}/refresh{where}"
        try:
            await self._command(path, "GET")
        except PlexError as error:
            if error.status not in _NO_SUCH_METHOD or not await self._is_listed(library):
                raise
            await self._command(path, "POST")

    async def _is_listed(self, library: Library) -> bool:
        return any(each.id == library.id for each in await self.libraries())

    async def refresh_item(self, rating_key: int) -> None:
        """Request a refresh of an item's metadata, including local files beside it, if it exists."""
        await self._none_if_not_found(self._command(f"/library/metadata/{rating_key}/refresh", "PUT"))

    async def analyze(self, rating_key: int) -> None:
        """Request the analysis of an item: otherwise Plex keeps the old streams of a replaced file."""
        await self._none_if_not_found(self._command(f"/library/metadata/{rating_key}/analyze", "PUT"))

    async def activities(self) -> tuple[xml.Activity, ...]:
        """Return the server's current activities."""
        return xml.activities(await self._query("/activities"))

    async def browse(self, folder: str) -> tuple[xml.Entry, ...] | None:
        """Return what the server sees in a folder on its disk; None if it sees no such folder."""
        path = f"/services/browse/{quote(base64str(folder))}?includeFiles=1"
        for _ in range(MAX_REFUSALS):
            try:
                root = await self._none_if_not_found(self._query(path))
            except PlexError as error:
                # Plex returns this for a folder that its system cannot have. Other refusals come from a proxy, and a
                # single one of these may, too.
                if error.kind is not ErrorKind.BAD_REQUEST or error.status != _BAD_REQUEST:
                    raise
            else:
                return None if root is None else xml.entries(root)
        return None

    async def can_browse(self) -> bool:
        """Return whether the server shows folders on its disk at all. Raises PlexError."""
        try:
            await self._query("/services/browse")
        except PlexError as error:
            if error.kind in {ErrorKind.NOT_FOUND, ErrorKind.PERMISSION, ErrorKind.BAD_REQUEST}:
                return False
            raise
        return True

    async def count(self, library: Library, item_type: int) -> int | None:
        """Return how many items of a Plex type a library has; None if the server does not say."""
        path = f"/library/sections/{library.id}/all?type={item_type}&includeCollections=0"
        return xml.total(await self._query(path, page_size=0))

    async def newest(self, library: Library, item_type: int) -> tuple[int | None, tuple[str, int | None] | None]:
        """Return how many items of a Plex type a library has, and the newest one's title and time (Unix seconds)."""
        path = f"/library/sections/{library.id}/all?type={item_type}&includeCollections=0&sort=addedAt%3Adesc"
        root = await self._query(path, page_size=1)
        return xml.total(root), xml.newest(root)

    async def storage(self) -> dict[int, tuple[int | None, int | None]]:
        """Return the duration (milliseconds) and the size (bytes) of every library, in one request."""
        request = HttpRequest("/media/providers?includeStorage=1", seconds=STORAGE_TIMEOUT)
        # Plex may have to add up all media: on the channel for commands it delays no look-up.
        return xml.storage(media_container(await self._send(self._commands, request)))

    async def _query(self, path: str, *, page_size: int | None = None, start: int = 0) -> Element:
        headers: tuple[tuple[str, str], ...] = ()
        if page_size is not None:
            headers = (("X-Plex-Container-Start", str(start)), ("X-Plex-Container-Size", str(page_size)))
        return media_container(await self._send(self._questions, HttpRequest(path, headers=headers)))

    async def _command(self, path: str, method: str) -> None:
        await self._send(self._commands, HttpRequest(path, method))

    async def _none_if_not_found[T](self, request: Awaitable[T]) -> T | None:
        """Return the response; None if the item or folder is not found, while the server is there."""
        try:
            return await request
        except PlexError as error:
            if error.kind is not ErrorKind.NOT_FOUND:
                raise
        await self.probe()  # a proxy without Plex behind it returns 404 too
        return None

    async def _send(self, channel: PlexApiChannel, request: HttpRequest) -> Element | None:
        return await channel.send(request)


def _not_plex_if_not_found(error: PlexError) -> PlexError:
    """Return NOT_PLEX for a 404 of what every Plex has: a proxy responds without Plex behind it."""
    if error.kind is not ErrorKind.NOT_FOUND:
        return error
    return PlexError(ErrorKind.NOT_PLEX, str(error), status=error.status, retry_after=error.retry_after)
