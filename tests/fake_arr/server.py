"""The simulated program that tests use."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from tests.fake_arr.api import Api, RecordedRequest
from tests.fake_arr.bodies import Bodies
from tests.fake_arr.connections import Connections
from tests.fake_arr.control import PREFIX, Control
from tests.fake_arr.delivery import Network, Posted, Sender
from tests.fake_arr.programs import SONARR, Program, Release
from tests.fake_arr.shelf import Shelf
from tests.local_site import LocalSite

API_KEY = "0123456789abcdef0123456789abcdef"


class FakeArr:
    """A Sonarr, Radarr, Lidarr or Readarr, on 127.0.0.1 only."""

    def __init__(
        self,
        program: Program = SONARR,
        version: str = "",
        *,
        api_key: str = API_KEY,
        url_base: str = "",
        instance_name: str = "",
        app_name: str = "",
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Create a program without connections that is not listening yet."""
        self.release = Release(program, version or program.newest)
        self.api_key = api_key
        self.url_base = url_base
        self.app_name = app_name or program.app_name
        self.instance_name = instance_name or self.app_name
        self.starting = False
        self.login: str | None = None  # a proxy's login page in front: "page" or "redirect"
        self.windows = False
        self.network = Network()
        self.sender = Sender(self.release, self.network)
        self.bodies = Bodies(self.release, self.instance_name)
        self.connections = Connections(self.release, self.sender, self.bodies.test())
        self.shelf = Shelf(program, clock)
        self.requests: list[RecordedRequest] = []
        self._api = Api(self)
        self._runner: web.AppRunner | None = None
        self._port = 0

    @property
    def url(self) -> str:
        """The address, with the URL base."""
        return f"http://127.0.0.1:{self._port}{self.url_base}"

    @property
    def origin(self) -> str:
        """The address without the URL base."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def posted(self) -> list[Posted]:
        """Return all notifications posted to webhooks."""
        return self.sender.posted

    async def start(self, port: int = 0) -> None:
        """Listen, after a `stop` on the same port again."""
        self.sender.reopen()
        app = web.Application()
        app.router.add_route("*", PREFIX + "{path:.*}", Control(self).handle)
        app.router.add_route("*", "/{path:.*}", self._api.handle)
        self._runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=0.2)
        await self._runner.setup()
        await LocalSite(self._runner, port or self._port).start()
        self._port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Stop listening and keep all data."""
        await self.sender.close()
        if self._runner:
            await self._runner.cleanup()
            self._runner = None

    # -- what happens in the program ----------------------------------------------------------------------------------

    async def import_file(self, path: str, size: int, *, rows: int = 1, notify: bool = True) -> None:
        """Import a file and post it to its connections; Sonarr may post twice."""
        title = self.shelf.title_of(path)
        replaced = next((each for each in title.files if each.path == path), None)
        title, file = self.shelf.put(path, size, rows=rows)
        bodies = {self._import_flag: self.bodies.imported(title, file, replaced)}
        if "onImportComplete" in self.release.events:
            bodies["onImportComplete"] = self.bodies.import_complete(title, [file])
        if notify:
            await self.connections.notify(bodies, upgrade=replaced is not None, tags=title.tags)

    async def rename_file(self, before: str, after: str, *, notify: bool = True) -> None:
        """Rename a file."""
        title, old, new = self.shelf.rename(before, after)
        if notify:
            await self.connections.notify({"onRename": self.bodies.renamed(title, old, new)}, tags=title.tags)

    async def delete_file(self, path: str, *, notify: bool = True) -> None:
        """Delete a file; Lidarr has no event for that."""
        title, file = self.shelf.delete(path)
        flags = [flag for flag in self.release.events if flag.endswith("FileDelete")]
        if notify and flags:
            await self.connections.notify({flags[0]: self.bodies.deleted(title, file)}, tags=title.tags)

    async def delete_title(self, path: str, *, notify: bool = True) -> None:
        """Delete a whole title with its files and its history."""
        title = self.shelf.title_of(path)
        self.shelf.delete_title(title)
        flag = f"on{self.release.program.titles.capitalize()}Delete"
        if notify:
            await self.connections.notify({flag: self.bodies.title_deleted(title)}, tags=title.tags)

    @property
    def _import_flag(self) -> str:
        return "onDownload" if "onDownload" in self.release.events else "onReleaseImport"

    async def add_connection(self, **fields: Any) -> int:
        """Create a connection without a test, like a user, and return its ID."""
        implementation = fields.pop("implementation", "Webhook")
        template = next(each for each in self.connections.schema() if each["implementation"] == implementation)
        values = fields.pop("fields", {})
        row = {
            **template,
            "fields": [{**each, "value": values.get(each["name"], each["value"])} for each in template["fields"]],
            **{key: value for key, value in fields.items() if not key.startswith("on")},
        }
        created = await self.connections.create(row, force=True)
        flags = {key: value for key, value in fields.items() if key.startswith("on")}
        await self.connections.replace(created["id"], {**row, **flags, "id": created["id"]}, force=True)
        number: int = created["id"]
        return number
