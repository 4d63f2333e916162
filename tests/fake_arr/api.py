"""The HTTP side: authentication, proxies and routing to resources."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
import json
from typing import TYPE_CHECKING, Any

from aiohttp import web

from tests.fake_arr.errors import ApiError, failed, invalid, not_found

if TYPE_CHECKING:
    from tests.fake_arr.server import FakeArr

_LOGIN = "<!DOCTYPE html><html><head><title>Log in</title></head><body><form></form></body></html>"


@dataclass(frozen=True)
class RecordedRequest:
    """A received request."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Any = field(default=None, repr=False)


class Api:
    """Handles requests like the programs."""

    def __init__(self, arr: FakeArr) -> None:
        """Store the program."""
        self._arr = arr

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Route a request to its resource."""
        arr = self._arr
        text = await request.text()
        try:
            body = json.loads(text) if text else None
        except ValueError:
            body = text
        arr.requests.append(
            RecordedRequest(request.method, request.path, dict(request.query), dict(request.headers), body)
        )
        if (refused := self._in_front(request)) is not None:
            return refused
        path = request.path.removeprefix(arr.url_base)
        if path == "/ping":
            return web.json_response({"status": "OK"})
        if not self._has_key(request):
            return web.Response(status=401)
        try:
            status, answer = await self._answer(request, path, body)
        except ApiError as error:
            return (
                web.Response(status=error.status)
                if error.body is None
                else web.json_response(error.body, status=error.status)
            )
        return web.json_response(answer, status=status)

    def _in_front(self, request: web.Request) -> web.StreamResponse | None:
        """Handle requests that do not reach the routes of the program."""
        arr = self._arr
        if arr.login == "page":
            return web.Response(text=_LOGIN, content_type="text/html")
        if arr.login == "redirect":
            return web.Response(status=302, headers={"Location": "https://login.invalid/?next=/"})
        if arr.url_base and not request.path.startswith(arr.url_base + "/"):
            return web.Response(status=307, headers={"Location": f"{arr.url_base}{request.path_qs}"})
        if arr.starting and "/api" in request.path:
            message = f"{arr.app_name} is starting up, please try again later"
            return web.json_response({"errorMessage": message}, status=503)
        return None

    def _has_key(self, request: web.Request) -> bool:
        """Return whether the request contains the API key, in the query, the header or as a bearer token."""
        given = (
            request.query.get("apikey")
            or request.headers.get("X-Api-Key")
            or request.headers.get("Authorization", "").removeprefix("Bearer ")
        )
        return given == self._arr.api_key

    async def _answer(self, request: web.Request, path: str, body: Any) -> tuple[int, Any]:
        arr = self._arr
        if path == "/api":
            current = "v5" if arr.release.serves_v5 else arr.release.program.api
            return 200, {"current": current, "deprecated": ["v3"] if arr.release.serves_v5 else []}
        prefix = f"/api/{arr.release.program.api}/"
        if not path.startswith(prefix):
            raise not_found()
        resource, _, rest = path.removeprefix(prefix).partition("/")
        if resource == "notification":
            return await self._notification(request, rest, body)
        if request.method != "GET":
            raise ApiError(405)
        return 200, self._read(resource, rest, dict(request.query))

    def _read(self, resource: str, rest: str, query: dict[str, str]) -> Any:
        arr, program = self._arr, self._arr.release.program
        match resource, rest:
            case "system", "status":
                return self._status()
            case "health", "":
                return arr.connections.health()
            case "rootfolder", "":
                return self._root_folders()
            case "history", "since":
                return self._history_since(query)
            case "history", "":
                return arr.shelf.page(query)
            case program.titles, "":
                return [self._title(each) for each in arr.shelf.titles]
            case program.files, "":
                return self._files(query)
            case _:
                raise not_found()

    def _status(self) -> dict[str, Any]:
        arr = self._arr
        return {
            "appName": arr.app_name,
            "instanceName": arr.instance_name,
            "version": arr.release.version,
            "branch": "main",
            "urlBase": arr.url_base,
            "isDocker": not arr.windows,
            "isWindows": arr.windows,
            "isLinux": not arr.windows,
            "isOsx": False,
            "osName": "windows" if arr.windows else "alpine",
            "authentication": "forms",
            "startupPath": "/app/bin",
            "appData": "/config",
        }

    def _root_folders(self) -> list[dict[str, Any]]:
        unmapped: dict[str, Any] = (
            {"unmappedFolders": []} if self._arr.release.program.unmapped_folders else {"name": "Root"}
        )
        return [
            {"id": number, "path": path, "accessible": True, "freeSpace": 1 << 40, **unmapped}
            for number, path in enumerate(self._arr.shelf.root_folders, 1)
        ]

    def _history_since(self, query: dict[str, str]) -> list[dict[str, Any]]:
        try:
            date = datetime.fromisoformat(query["date"])
        except (KeyError, ValueError) as error:
            raise invalid(name="date", message=f"The value '{query.get('date')}' is not valid.") from error
        number = int(query["eventType"]) if "eventType" in query else None
        return self._arr.shelf.since(date if date.tzinfo else date.replace(tzinfo=UTC), number)

    def _title(self, title: Any) -> dict[str, Any]:
        return {"id": title.id, "title": title.name, "path": title.path, "tags": sorted(title.tags)}

    def _files(self, query: dict[str, str]) -> list[dict[str, Any]]:
        program = self._arr.release.program
        if program.title_id not in query:
            raise failed(message=f"{program.title_id} must be provided", status=400)
        return [
            {"id": file.id, program.title_id: title.id, "path": file.path, "size": file.size}
            for title in self._arr.shelf.titles
            if str(title.id) == query[program.title_id]
            for file in title.files
        ]

    async def _notification(self, request: web.Request, rest: str, body: Any) -> tuple[int, Any]:
        connections = self._arr.connections
        force = request.query.get("forceSave") == "true"
        if request.method in {"POST", "PUT"} and not isinstance(body, dict):
            raise ApiError(400, {"message": "Request body can't be empty", "content": None})
        match request.method, rest:
            case "GET", "":
                return 200, connections.all()
            case "GET", "schema":
                return 200, connections.schema()
            case "POST", "test":
                await connections.test(body)
                return 200, {}
            case "POST", "":
                return 201, await connections.create(body, force=force)
            case "GET", number if number.isdigit():
                return 200, connections.get(int(number))
            case "PUT", number if number.isdigit() or body.get("id"):
                return 202, await connections.replace(int(number or body["id"]), body, force=force)
            case "DELETE", number if number.isdigit():
                connections.delete(int(number))
                return 200, {}
            case _:
                raise not_found()
