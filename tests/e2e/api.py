"""What a script can ask of a running Home Assistant: its REST and WebSocket API, with a token."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import aiohttp

from tests.e2e.processes import EndToEndError, poll

TOKEN_NAME = "End-to-end"


class ApiError(EndToEndError):
    """Error of Home Assistant with the HTTP status and its message."""

    def __init__(self, status: int, message: str) -> None:
        """Keep both for the caller."""
        super().__init__(f"HTTP {status}: {message}")
        self.status = status
        self.message = message


@dataclass(frozen=True)
class User:
    """Who logs in."""

    name: str
    password: str


@dataclass(frozen=True)
class Api:
    """The API of Home Assistant with the token of a user."""

    session: aiohttp.ClientSession
    url: str
    token: str = field(repr=False)

    async def get(self, path: str) -> Any:
        """Read something."""
        return await self._request("GET", path, None)

    async def post(self, path: str, data: Mapping[str, Any]) -> Any:
        """Send something."""
        return await self._request("POST", path, data)

    async def delete(self, path: str) -> Any:
        """Remove something."""
        return await self._request("DELETE", path, None)

    async def render(self, template: str) -> str:
        """Return the result of a template."""
        headers = {"Authorization": f"Bearer {self.token}"}
        url = f"{self.url}/api/template"
        async with self.session.post(url, json={"template": template}, headers=headers) as response:
            if response.ok:
                return await response.text()
            raise ApiError(response.status, await _reason(response))

    async def call_action(self, action: str, data: Mapping[str, Any]) -> dict[str, Any]:
        """Call an action (`domain.name`) and return its response; a refusal is an ApiError."""
        path = f"/api/services/{action.replace('.', '/')}?return_response"
        answer: dict[str, Any] = (await self.post(path, data))["service_response"]
        return answer

    async def set_up(self, handler: str, answers: Mapping[str, Any]) -> dict[str, Any]:
        """Complete the config flow of an integration manually; return the created entry."""
        flows = "/api/config/config_entries/flow"
        step = await self.post(flows, {"handler": handler})
        while step["type"] in ("menu", "form"):
            if step.get("errors"):
                message = f"the config flow refused: {', '.join(step['errors'].values())}"
                raise EndToEndError(message)
            if step["type"] == "menu":
                choice = {"next_step_id": "manual"}
            else:
                fields = [field["name"] for field in step["data_schema"]]
                choice = {field: answers[field] for field in fields if field in answers}
            step = await self.post(f"{flows}/{step['flow_id']}", choice)
        if step["type"] != "create_entry":
            message = f"the config flow ended without an entry: {step.get('reason', step['type'])}"
            raise EndToEndError(message)
        entry: dict[str, Any] = step["result"]
        return entry

    async def sign_in(self, handler: str, visit: Callable[[str], Awaitable[object]]) -> dict[str, Any]:
        """Add an integration by signing in at a web site; `visit` opens its page. Returns the entry it made."""
        flows = "/api/config/config_entries/flow"
        step = await self.post(flows, {"handler": handler})
        step = await self.post(f"{flows}/{step['flow_id']}", {"next_step_id": "sign_in"})
        if step["type"] != "external":
            message = f"the config flow opened no page: {step.get('errors') or step['type']}"
            raise EndToEndError(message)
        await visit(step["url"])

        async def over() -> dict[str, Any] | None:
            present: dict[str, Any] = await self.get(f"{flows}/{step['flow_id']}")
            return None if present["type"].startswith("external") else present

        step = await poll("the end of the sign-in", over, seconds=30)
        if step["type"] != "create_entry":
            message = f"the sign-in led to no entry: {step.get('errors') or step.get('reason') or step['type']}"
            raise EndToEndError(message)
        entry: dict[str, Any] = step["result"]
        return entry

    async def connect_downloader(
        self, entry_id: str, answers: Mapping[str, Any], on_step: Callable[[dict[str, Any]], None] = lambda _step: None
    ) -> None:
        """Go through "Add downloader" by hand, and accept what it proposes; `on_step` is called with each form."""
        flows = "/api/config/config_entries/subentries/flow"
        step = await self.post(flows, {"handler": [entry_id, "downloader"]})

        async def without_progress() -> dict[str, Any] | None:
            present: dict[str, Any] = await self.get(f"{flows}/{step['flow_id']}")
            return None if present["type"] == "progress" else present

        while step["type"] in {"menu", "form", "progress"}:
            if step["type"] == "progress":
                step = await poll("the end of the flow's progress", without_progress, seconds=60)
                continue
            if step.get("errors"):
                message = f"the flow refused: {', '.join(step['errors'].values())} ({step['description_placeholders']})"
                raise EndToEndError(message)
            on_step(step)
            fields = [] if step["type"] == "menu" else step["data_schema"]
            choice = {field["name"]: field["default"] for field in fields if "default" in field}
            choice |= {field["name"]: answers[field["name"]] for field in fields if field["name"] in answers}
            choice = {"next_step_id": "manual"} if step["type"] == "menu" else choice
            step = await self.post(f"{flows}/{step['flow_id']}", choice)
        if step["type"] != "create_entry":
            message = f"the flow ended without a downloader: {step.get('reason', step['type'])}"
            raise EndToEndError(message)

    async def ask(self, command: str, **data: Any) -> Any:
        """Send one WebSocket command and return its result."""
        async with self.session.ws_connect(f"{self.url}/api/websocket", max_msg_size=0) as socket:
            await socket.receive_json()
            await socket.send_json({"type": "auth", "access_token": self.token})
            if (answer := await socket.receive_json())["type"] != "auth_ok":
                raise ApiError(401, answer["message"])
            await socket.send_json({"id": 1, "type": command, **data})
            answer = await socket.receive_json()
        if not answer["success"]:
            message = f"{command}: {answer['error']['message']}"
            raise EndToEndError(message)
        return answer["result"]

    async def wait_until_running(self, seconds: float = 60.0) -> None:
        """Return once Home Assistant has set up everything."""

        async def running() -> Literal[True] | None:
            config = await self.get("/api/config")
            if config["recovery_mode"]:
                message = "Home Assistant is in recovery mode"
                raise EndToEndError(message)
            return True if config["state"] == "RUNNING" else None

        await poll("the end of Home Assistant's start", running, seconds=seconds)

    async def _request(self, method: str, path: str, data: Mapping[str, Any] | None) -> Any:
        # The frontend's own header: where the user sees Home Assistant.
        headers = {"Authorization": f"Bearer {self.token}", "HA-Frontend-Base": self.url}
        async with self.session.request(method, self.url + path, json=data, headers=headers) as response:
            if response.ok:
                return await response.json()
            raise ApiError(response.status, await _reason(response))


async def _reason(response: aiohttp.ClientResponse) -> str:
    """Return what Home Assistant gave as the reason: JSON with a message, or plain text."""
    if response.content_type == "application/json":
        message: str = (await response.json())["message"]
        return message
    return await response.text()


async def onboard(session: aiohttp.ClientSession, url: str, user: User) -> Api:
    """Make the first user, as the web page does; the token stays valid over restarts."""
    client = {"client_id": f"{url}/"}
    newcomer = {"name": user.name.title(), "username": user.name, "password": user.password, "language": "en"}
    async with session.post(f"{url}/api/onboarding/users", json=client | newcomer) as response:
        response.raise_for_status()
        code = (await response.json())["auth_code"]
    grant = {"grant_type": "authorization_code", "code": code}
    async with session.post(f"{url}/auth/token", data=client | grant) as response:
        response.raise_for_status()
        api = Api(session, url, (await response.json())["access_token"])
    await api.wait_until_running()
    token = await api.ask("auth/long_lived_access_token", client_name=TOKEN_NAME, lifespan=365)
    return replace(api, token=token)
