"""The client of the downloaders' API and its errors, over real sockets."""

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
from aiohttp import web
import pytest

from custom_components.plex_smart_scan.arr import api_response
from custom_components.plex_smart_scan.arr.api_response import ArrError, ArrErrorKind
from custom_components.plex_smart_scan.arr.client import ArrAccess, ArrClient


class FixedResponseServer:
    """A web server with one answer."""

    def __init__(self) -> None:
        """Answer 200 with nothing."""
        self.status, self.body, self.content_type = 200, "", "application/json"
        self.headers: dict[str, str] = {}
        self.url = ""

    async def handle(self, _request: web.Request) -> web.Response:
        """Give the answer."""
        return web.Response(status=self.status, text=self.body, content_type=self.content_type, headers=self.headers)


@pytest.fixture
async def server(socket_enabled: None) -> AsyncIterator[FixedResponseServer]:
    """Return a running server."""
    it = FixedResponseServer()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", it.handle)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    it.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield it
    await runner.cleanup()


@pytest.fixture
async def client(server: FixedResponseServer) -> AsyncIterator[ArrClient]:
    """Return a client of the server."""
    async with aiohttp.ClientSession() as session:
        yield ArrClient(session, ArrAccess(url=server.url, api_key="key"), "v3")


@pytest.mark.parametrize(
    ("status", "body", "kind", "message"),
    [
        (200, "<html>", ArrErrorKind.LOGIN_PAGE, "not JSON"),
        (200, "", ArrErrorKind.LOGIN_PAGE, "not JSON"),
        (200, "{}", ArrErrorKind.FAILED, "Unexpected response"),
        (302, "", ArrErrorKind.LOGIN_PAGE, "302"),
        (400, '{"message": "bad id"}', ArrErrorKind.FAILED, "bad id"),
        (400, '[{"propertyName": "Url", "errorMessage": "no"}]', ArrErrorKind.REFUSED, "no"),
        (400, "[]", ArrErrorKind.FAILED, "HTTP 400"),
        (401, "", ArrErrorKind.INVALID_AUTH, ""),
        (403, "<html>", ArrErrorKind.LOGIN_PAGE, "403"),
        (404, '{"message": "NotFound"}', ArrErrorKind.NOT_FOUND, ""),
        (409, "{}", ArrErrorKind.FAILED, "HTTP 409"),
        (500, '{"message": "boom", "description": "at NzbDrone"}', ArrErrorKind.FAILED, "boom"),
        (502, "<html>", ArrErrorKind.FAILED, "HTTP 502"),
        (503, '{"errorMessage": "starting up"}', ArrErrorKind.STARTING, "starting up"),
        (503, "", ArrErrorKind.FAILED, "HTTP 503"),
    ],
)
async def test_error_body_is_understood_without_its_stack_trace(
    server: FixedResponseServer, client: ArrClient, status: int, body: str, kind: ArrErrorKind, message: str
) -> None:
    """The error bodies of the programs are understood, and stack traces are never shown."""
    server.status, server.body = status, body
    with pytest.raises(ArrError) as raised:
        await client.connections()
    assert raised.value.kind is kind
    assert message in raised.value.message
    assert "NzbDrone" not in raised.value.message


async def test_endless_response_is_not_read_to_the_end(
    server: FixedResponseServer, client: ArrClient, monkeypatch: Any
) -> None:
    """It is not read to the end."""
    monkeypatch.setattr(api_response, "_MAX_BODY", 1000)
    server.body = "[" + "1," * 1000 + "1]"
    with pytest.raises(ArrError, match="too large"):
        await client.connections()


@pytest.mark.parametrize("status", [200, 400, 500, 503])
@pytest.mark.parametrize(
    "body",
    ["[" * 100_000, '{"message": ' * 100_000, f'{{"message": {"[" * 20_000}{"]" * 20_000}}}', f"[{'1,' * 4_000_000}1]"],
    ids=["arrays", "objects", "message", "too many values"],
)
async def test_costly_json_is_an_error(server: FixedResponseServer, client: ArrClient, status: int, body: str) -> None:
    """JSON that is nested too deeply, or has too many values, fails as its own request."""
    server.status, server.body = status, body
    with pytest.raises(ArrError):
        await client.connections()


async def test_redirection_to_an_invalid_url_is_a_login_page(server: FixedResponseServer, client: ArrClient) -> None:
    """It is not followed."""
    server.status, server.headers = 302, {"Location": "http://[x"}
    with pytest.raises(ArrError) as raised:
        await client.connections()
    assert raised.value.kind is ArrErrorKind.LOGIN_PAGE


async def test_objects_without_a_usable_id_are_ignored(server: FixedResponseServer, client: ArrClient) -> None:
    """Their ID would be stored, and be part of later requests."""
    server.body = f'[{{"id": 1}}, {{}}, {{"id": "x"}}, {{"id": null}}, {{"id": {2**70}}}, {{"id": Infinity}}, 2]'
    assert await client.connections() == [{"id": 1}]


async def test_program_without_a_webhook_connection_is_rejected(server: FixedResponseServer, client: ArrClient) -> None:
    """A program without a Webhook connection cannot be connected."""
    server.body = '[{"implementation": "PlexServer"}]'
    with pytest.raises(ArrError, match="does not support Webhook"):
        await client.webhook_template()


async def test_missing_api_is_rejected(server: FixedResponseServer) -> None:
    """Neither version is there."""
    server.status = 404
    async with aiohttp.ClientSession() as session:
        with pytest.raises(ArrError) as raised:
            await ArrClient(session, ArrAccess(url=server.url, api_key="key")).status()
    assert raised.value.kind is ArrErrorKind.NOT_FOUND


def test_key_is_neither_in_repr_nor_in_errors() -> None:
    """Neither the text of an access nor an error contains secrets."""
    assert "secret" not in repr(ArrAccess(url="http://x", api_key="secret"))
    error = ArrError(ArrErrorKind.REFUSED, "[401] [POST] at [http://ha:8123/api/webhook/abc?source=1]")
    assert error.message == "[401] [POST] at [http://ha:8123/api/webhook/…]"
