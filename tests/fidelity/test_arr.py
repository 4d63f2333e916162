"""The fake downloaders respond, reject and post like the sources of the programs."""

from collections.abc import AsyncIterator
from http import HTTPStatus
import json
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web
import pytest

from tests.fake_arr import LIDARR, RADARR, READARR, RELEASES, SONARR, FakeArr, Kind, Release

NAMES: dict[str, Any] = json.loads(
    (Path(__file__).parents[1] / "fake_arr" / "openapi_names.json").read_text(encoding="utf-8")
)
# Flags that are younger than the OpenAPI files that were read.
YOUNGER = {Kind.LIDARR: {"onArtistAdd"}, Kind.READARR: {"onAuthorAdded"}}
KEY = {"X-Api-Key": "0123456789abcdef0123456789abcdef"}


class Receiver:
    """A web server that keeps what is posted to it, and answers with a status of choice."""

    def __init__(self) -> None:
        """Answer 200."""
        self.status = 200
        self.bodies: list[Any] = []
        self.queries: list[str] = []
        self.url = ""

    async def handle(self, request: web.Request) -> web.Response:
        """Keep a request."""
        self.bodies.append(await request.json())
        self.queries.append(request.query_string)
        headers = {"Location": "https://elsewhere.invalid/"} if self.status == 301 else {}
        return web.Response(status=self.status, headers=headers)


@pytest.fixture
async def receiver(socket_enabled: None) -> AsyncIterator[Receiver]:
    """Return a running receiver."""
    it = Receiver()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", it.handle)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    it.url = f"http://127.0.0.1:{runner.addresses[0][1]}/api/webhook/abc"
    yield it
    await runner.cleanup()


@pytest.fixture
async def session(socket_enabled: None) -> AsyncIterator[aiohttp.ClientSession]:
    """Return a client that follows no redirect by itself."""
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture(params=RELEASES, ids=lambda release: f"{release.program.kind}-{release.version}")
async def arr(request: pytest.FixtureRequest, socket_enabled: None) -> AsyncIterator[FakeArr]:
    """Return each program in each version."""
    release: Release = request.param
    arr = FakeArr(release.program, release.version)
    await arr.start()
    yield arr
    await arr.stop()


@pytest.fixture
async def sonarr(socket_enabled: None) -> AsyncIterator[FakeArr]:
    """Return a Sonarr of today."""
    arr = FakeArr(SONARR)
    await arr.start()
    yield arr
    await arr.stop()


async def call(
    session: aiohttp.ClientSession, arr: FakeArr, method: str, path: str, body: Any = None
) -> tuple[int, Any]:
    """Ask, and return the status and what was answered."""
    url = f"{arr.url}/api/{arr.release.program.api}/{path}"
    async with session.request(method, url, json=body, headers=KEY, allow_redirects=False) as answer:
        text = await answer.text()
        return answer.status, json.loads(text) if text else None


def webhook(arr: FakeArr, url: str, **more: Any) -> dict[str, Any]:
    """Return a connection as a client would send it."""
    fields = [{"name": "url", "value": url}, {"name": "method", "value": 1}]
    flag = "onDownload" if "onDownload" in arr.release.events else "onReleaseImport"
    return {
        "name": "Ours",
        "implementation": "Webhook",
        "configContract": "WebhookSettings",
        "fields": fields,
        "tags": [],
        flag: True,
        **more,
    }


async def test_template_fields_match_the_openapi_files(arr: FakeArr) -> None:
    """A template has no field that the program does not have."""
    kind = arr.release.program.kind
    younger = YOUNGER.get(kind, set())
    known = (
        set(NAMES[kind]["NotificationResource"])
        | younger
        | {f"supports{flag[0].upper()}{flag[1:]}" for flag in younger}
    )
    for template in arr.connections.schema():
        assert set(template) <= known
    newest = arr.release.version == arr.release.program.newest
    if newest:
        assert {name for name in known if name.startswith("on")} == set(arr.release.events)


async def test_connection_is_tested_when_it_is_saved(
    arr: FakeArr, session: aiohttp.ClientSession, receiver: Receiver
) -> None:
    """POST returns 201, PUT 202 and DELETE 200, and the test notification arrives in between."""
    status, created = await call(session, arr, "POST", "notification", webhook(arr, f"{receiver.url}?probe=x"))
    assert status == HTTPStatus.CREATED
    assert receiver.bodies[0]["eventType"] == "Test"
    assert receiver.queries == ["probe=x"]
    status, changed = await call(
        session, arr, "PUT", f"notification/{created['id']}?forceSave=true", created | {"name": "Other"}
    )
    assert (status, changed["name"], len(receiver.bodies)) == (HTTPStatus.ACCEPTED, "Other", 1)
    assert (await call(session, arr, "DELETE", f"notification/{created['id']}"))[0] == HTTPStatus.OK
    assert await call(session, arr, "GET", "notification") == (HTTPStatus.OK, [])


async def test_unreachable_url_is_an_internal_error(arr: FakeArr, session: aiohttp.ClientSession) -> None:
    """POST refuses also with forceSave, with an object and not a list."""
    arr.network.network_errors["ha.invalid"] = "name"
    body = webhook(arr, "http://ha.invalid:8123/api/webhook/abc")
    status, error = await call(session, arr, "POST", "notification?forceSave=true", body)
    assert status == HTTPStatus.INTERNAL_SERVER_ERROR
    assert error["message"] == "Name does not resolve (ha.invalid:8123)"
    assert await call(session, arr, "GET", "notification") == (HTTPStatus.OK, [])


async def test_error_response_is_a_validation_error(
    arr: FakeArr, session: aiohttp.ClientSession, receiver: Receiver
) -> None:
    """The list names the field and the status."""
    receiver.status = 503
    status, errors = await call(session, arr, "POST", "notification/test", webhook(arr, receiver.url))
    assert status == HTTPStatus.BAD_REQUEST
    assert errors[0]["propertyName"] == "Url"
    assert "[503:ServiceUnavailable]" in errors[0]["errorMessage"]


async def test_redirect_counts_as_success(arr: FakeArr, session: aiohttp.ClientSession, receiver: Receiver) -> None:
    """Nothing is delivered, and no error is reported."""
    receiver.status = 301
    assert (await call(session, arr, "POST", "notification/test", webhook(arr, receiver.url)))[0] == HTTPStatus.OK


async def test_error_of_a_timeout_depends_on_the_version(session: aiohttp.ClientSession) -> None:
    """500 with an object, and 400 with an object since Sonarr 5."""
    for version, expected in (("4.0.19.2979", 500), ("5.0.0.100", 400)):
        arr = FakeArr(SONARR, version)
        await arr.start()
        arr.network.network_errors["ha.invalid"] = "hangs"
        arr.sender.patience = 0
        body = webhook(arr, "http://ha.invalid:8123/api/webhook/abc")
        status, error = await call(session, arr, "POST", "notification/test", body)
        assert (status, error["message"]) == (expected, "Http request timed out")
        await arr.stop()


async def test_put_replaces_all_fields(sonarr: FakeArr, session: aiohttp.ClientSession, receiver: Receiver) -> None:
    """An omitted flag becomes false."""
    _, created = await call(session, sonarr, "POST", "notification", webhook(sonarr, receiver.url, onRename=True))
    short = {key: value for key, value in created.items() if key != "onRename"}
    _, changed = await call(session, sonarr, "PUT", f"notification/{created['id']}", short)
    assert (created["onRename"], changed["onRename"]) == (True, False)


async def test_connection_name_must_be_unique_in_a_test(
    sonarr: FakeArr, session: aiohttp.ClientSession, receiver: Receiver
) -> None:
    """A saved connection that is tested without its id is refused for its own name."""
    _, created = await call(session, sonarr, "POST", "notification", webhook(sonarr, receiver.url))
    status, errors = await call(
        session, sonarr, "POST", "notification/test", webhook(sonarr, receiver.url, name="OURS")
    )
    assert (status, errors[0]["errorMessage"]) == (HTTPStatus.BAD_REQUEST, "Should be unique")
    assert (await call(session, sonarr, "POST", "notification/test", created))[0] == HTTPStatus.OK


async def test_invalid_fields_that_pass_validation_fail_later(
    sonarr: FakeArr, session: aiohttp.ClientSession, receiver: Receiver
) -> None:
    """A method in words and null headers fail in the test; null tags only fail at each event."""
    body = webhook(sonarr, receiver.url)
    for field in ({"name": "method", "value": "POST"}, {"name": "headers", "value": None}):
        broken = body | {"fields": [{"name": "url", "value": receiver.url}, field]}
        assert (await call(session, sonarr, "POST", "notification", broken))[0] == HTTPStatus.INTERNAL_SERVER_ERROR
    assert (await call(session, sonarr, "POST", "notification", body | {"tags": None}))[0] == HTTPStatus.CREATED
    sonarr.shelf.root_folders.append("/tv")
    await sonarr.import_file("/tv/Westworld/a.mkv", 5)
    assert [each["eventType"] for each in receiver.bodies] == ["Test"]


async def test_wrong_key_is_rejected_except_for_ping(arr: FakeArr, session: aiohttp.ClientSession) -> None:
    """A wrong key gets 401 and nothing else; `/ping` is free."""
    async with session.get(f"{arr.url}/api/{arr.release.program.api}/system/status") as answer:
        assert (answer.status, await answer.text()) == (HTTPStatus.UNAUTHORIZED, "")
    async with session.get(f"{arr.url}/ping") as answer:
        assert await answer.json() == {"status": "OK"}


async def test_url_base_startup_and_login_proxy_respond_as_real_ones(
    sonarr: FakeArr, session: aiohttp.ClientSession
) -> None:
    """A URL base redirects, a starting program returns its status, a login proxy returns a page or a redirect."""
    sonarr.url_base = "/sonarr"
    async with session.get(f"{sonarr.origin}/api/v3/system/status?x=1", allow_redirects=False) as answer:
        assert (answer.status, answer.headers["Location"]) == (307, "/sonarr/api/v3/system/status?x=1")
    sonarr.url_base, sonarr.starting = "", True
    status, body = await call(session, sonarr, "GET", "system/status")
    assert (status, "starting up" in body["errorMessage"]) == (503, True)
    sonarr.starting, sonarr.login = False, "page"
    async with session.get(f"{sonarr.origin}/api/v3/system/status", headers=KEY) as answer:
        assert (answer.status, answer.content_type) == (200, "text/html")
    sonarr.login = "redirect"
    async with session.get(f"{sonarr.origin}/api/v3/system/status", headers=KEY, allow_redirects=False) as answer:
        assert answer.status == 302


@pytest.mark.parametrize(
    ("program", "numbers"), [(SONARR, (5, 6)), (RADARR, (6, 8)), (LIDARR, (5, 6)), (READARR, (5, 6))]
)
async def test_history_has_ids_of_each_program(
    program: Any, numbers: tuple[int, int], session: aiohttp.ClientSession
) -> None:
    """Each program has its own event numbers; deleting a title deletes its history."""
    arr = FakeArr(program)
    await arr.start()
    arr.shelf.root_folders.append("/media")
    await arr.import_file("/media/One/a.mkv", 5, rows=2)
    await arr.rename_file("/media/One/a.mkv", "/media/One/b.mkv")
    await arr.delete_file("/media/One/b.mkv")
    await arr.import_file("/media/Two/c.mkv", 5)
    since = "history/since?date=2020-01-01T00:00:00Z"
    _, rows = await call(session, arr, "GET", since)
    assert [row["eventType"] for row in rows] == [
        *[program.imported] * 2,
        program.renamed,
        program.deleted,
        program.imported,
    ]
    _, deleted = await call(session, arr, "GET", f"{since}&eventType={numbers[0]}")
    _, renamed = await call(session, arr, "GET", f"{since}&eventType={numbers[1]}")
    assert deleted[0]["sourceTitle"] == "/media/One/b.mkv"
    assert renamed[0]["data"]["path"] == "/media/One/b.mkv"
    await arr.delete_title("/media/One/b.mkv")
    assert [row["data"]["importedPath"] for row in (await call(session, arr, "GET", since))[1]] == ["/media/Two/c.mkv"]
    await arr.stop()


async def test_import_is_posted_with_its_path(arr: FakeArr, session: aiohttp.ClientSession, receiver: Receiver) -> None:
    """The body is a `Download` with the file's path."""
    arr.shelf.root_folders.append("/media")
    await call(session, arr, "POST", "notification", webhook(arr, receiver.url))
    await arr.import_file("/media/One/a.mkv", 5)
    body = receiver.bodies[-1]
    assert body["eventType"] == "Download"
    assert "/media/One/a.mkv" in json.dumps(body)
