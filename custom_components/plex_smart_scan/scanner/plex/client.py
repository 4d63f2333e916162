"""The door to Plex: the only module that knows plexapi. Its answers are our own types, its errors `PlexError`.

plexapi is synchronous and its session is not made for threads, so it runs in the executor, one request at a time on
each of two lanes: a command that hangs never holds up a look-up, and Plex never has more than two requests of ours.
"""

from collections.abc import Awaitable
from typing import Final
from urllib.parse import quote, urlencode
from xml.etree.ElementTree import Element

from plexapi.server import PlexServer
from plexapi.utils import base64str

from ..models import LEAF_TYPES, Library, Server
from . import xml
from .access_token import Access
from .errors import ErrorKind, PlexError
from .identity import ServerIdentity
from .request_channel import Question, RequestChannel, media_container

REQUEST_TIMEOUT: Final = 30.0  # seconds
STORAGE_TIMEOUT: Final = 10.0  # seconds: what it tells is worth no longer wait


class PlexClient:
    """All that is ever asked of Plex. Every method raises PlexError and nothing else."""

    def __init__(self, access: Access, *, timeout: float = REQUEST_TIMEOUT) -> None:
        """Keep the access; nothing is asked yet. `timeout` is in seconds for each whole answer."""
        self.access = access
        self.identity = ServerIdentity(access.machine_identifier)
        self._questions = RequestChannel(access, self.identity, timeout)
        self._commands = RequestChannel(access, self.identity, timeout)

    async def close(self) -> None:
        """Close the connections; nobody waits for what is under way."""
        await self._questions.close()
        await self._commands.close()

    async def server(self) -> Server:
        """Who answers, and whether the token is good: `/`, on both lanes."""
        server = await self.probe()
        await self._client(self._commands)
        return server

    async def probe(self) -> Server:
        """Ask who answers, where no hanging command holds it up."""
        client = await self._client(self._questions)
        if not getattr(client, "machineIdentifier", None):
            raise PlexError(ErrorKind.NOT_PLEX, "the answer names no machineIdentifier")
        self.identity.check(client.machineIdentifier)
        return Server(
            machine_identifier=client.machineIdentifier,
            name=client.friendlyName or "",
            version=client.version or "",
            platform=client.platform or "",
        )

    async def _client(self, lane: RequestChannel) -> PlexServer:
        try:
            return await lane.connect()
        except PlexError as error:
            raise _not_plex_for_404(error) from error
        except Exception as error:
            # plexapi takes whatever answers for a server, and stumbles over what is none.
            raise PlexError(ErrorKind.NOT_PLEX, f"the answer is not Plex's: {type(error).__name__}") from error

    async def check_rights(self) -> None:
        """Ask for what is the owner's alone. Raises PlexError: `PERMISSION` for a token that may only read."""
        await self._ask("/:/prefs")

    async def libraries(self) -> tuple[Library, ...]:
        """All libraries with their locations, as of now."""
        try:
            return xml.libraries(await self._ask("/library/sections"))
        except PlexError as error:
            raise _not_plex_for_404(error) from error

    async def find(
        self, library: Library, piece: str, limit: int, item_type: int | None = None, *, start: int = 0
    ) -> xml.Page:
        """Return files whose path contains `piece` (no comma in it: that would mean "or"), at most `limit` items.

        `start` is the number of the first item wanted, in the server's own order.

        The filter is not documented, but recorded on Plex 1.43; `type` is needed, else show libraries answer 500.
        """
        kind = item_type or LEAF_TYPES[library.type]
        query = urlencode({"type": kind, "file": piece})
        root = await self._ask(f"/library/sections/{library.id}/all?{query}", page_size=limit, start=start)
        page = xml.page(root)
        if not page.files and not root.get("librarySectionID"):
            # Plex names the library also where it lists nothing. A proxy that says the same of everything does not.
            raise PlexError(ErrorKind.BROKEN_ANSWER, "Plex's answer names no library")
        return page

    async def missing_files(self, rating_key: int) -> frozenset[str] | None:
        """The files of an item that the server itself cannot find on its disk; None when there is no such item."""
        root = await self._unless_gone(self._ask(f"/library/metadata/{rating_key}?checkFiles=1&skipRefresh=1"))
        if root is None:
            return None
        return frozenset(part.get("file", "") for part in root.iter("Part") if part.get("exists") == "0")

    async def refresh(self, library: Library, folder: str | None) -> None:
        """Ask for a scan of one folder, or of the whole library. The answer says only that it is queued.

        GET works on every version and POST is the documented form: a server that knows no GET for it gets a POST.
        """
        where = f"?{urlencode({'path': folder})}" if folder is not None else ""
        path = f"/library/sections/{library.id}/refresh{where}"
        try:
            await self._tell(path, "GET")
        except PlexError as error:
            if error.kind is not ErrorKind.NOT_FOUND or not await self._is_listed(library):
                raise
            await self._tell(path, "POST")

    async def _is_listed(self, library: Library) -> bool:
        return any(each.id == library.id for each in await self.libraries())

    async def refresh_item(self, rating_key: int) -> None:
        """Ask for an item's metadata, local files beside it included, to be read again, if there is such an item."""
        await self._unless_gone(self._tell(f"/library/metadata/{rating_key}/refresh", "PUT"))

    async def analyze(self, rating_key: int) -> None:
        """Ask for an item's file to be read again: after a replacement Plex goes on showing the old streams."""
        await self._unless_gone(self._tell(f"/library/metadata/{rating_key}/analyze", "PUT"))

    async def activities(self) -> tuple[xml.Activity, ...]:
        """What the server is doing."""
        return xml.activities(await self._ask("/activities"))

    async def browse(self, folder: str) -> tuple[xml.Entry, ...] | None:
        """What the server itself sees in a folder; None when it sees no such folder."""
        try:
            root = await self._unless_gone(self._ask(f"/services/browse/{quote(base64str(folder))}?includeFiles=1"))
        except PlexError as error:
            if error.kind is ErrorKind.BAD_REQUEST:
                return None
            raise
        return None if root is None else xml.entries(root)

    async def can_browse(self) -> bool:
        """Tell whether the server answers questions about its disk at all. Raises PlexError if it is away."""
        try:
            await self._ask("/services/browse")
        except PlexError as error:
            if error.kind in {ErrorKind.NOT_FOUND, ErrorKind.PERMISSION, ErrorKind.BAD_REQUEST}:
                return False
            raise
        return True

    async def count(self, library: Library, item_type: int) -> int:
        """How many items of a Plex type a library has, without their data."""
        path = f"/library/sections/{library.id}/all?type={item_type}&includeCollections=0"
        return xml.total(await self._ask(path, page_size=0))

    async def newest(self, library: Library, item_type: int) -> tuple[int, tuple[str, int | None] | None]:
        """How many items of a Plex type a library has, with the newest one's title and time (Unix seconds)."""
        path = f"/library/sections/{library.id}/all?type={item_type}&includeCollections=0&sort=addedAt%3Adesc"
        root = await self._ask(path, page_size=1)
        return xml.total(root), xml.newest(root)

    async def storage(self) -> dict[int, tuple[int | None, int | None]]:
        """Duration (milliseconds) and bytes of every library, in one request."""
        question = Question("/media/providers?includeStorage=1", seconds=STORAGE_TIMEOUT)
        # Plex may sum all its media for it: on the lane of the commands it holds up no look-up.
        return xml.storage(media_container(await self._send(self._commands, question)))

    async def _ask(self, path: str, *, page_size: int | None = None, start: int = 0) -> Element:
        headers: tuple[tuple[str, str], ...] = ()
        if page_size is not None:
            headers = (("X-Plex-Container-Start", str(start)), ("X-Plex-Container-Size", str(page_size)))
        return media_container(await self._send(self._questions, Question(path, headers=headers)))

    async def _tell(self, path: str, method: str) -> None:
        await self._send(self._commands, Question(path, method))

    async def _unless_gone[T](self, question: Awaitable[T]) -> T | None:
        """The answer; None where what was asked about is gone, which says nothing about its library."""
        try:
            return await question
        except PlexError as error:
            if error.kind is not ErrorKind.NOT_FOUND:
                raise
        await self.probe()  # or else a proxy finds nothing at all, while Plex is away behind it
        return None

    async def _send(self, lane: RequestChannel, question: Question) -> Element | None:
        return await lane.send(question)


def _not_plex_for_404(error: PlexError) -> PlexError:
    """What every Plex has is not found: a proxy answers, while Plex is away behind it."""
    if error.kind is not ErrorKind.NOT_FOUND:
        return error
    return PlexError(ErrorKind.NOT_PLEX, str(error), status=error.status, retry_after=error.retry_after)
