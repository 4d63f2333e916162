"""The client: what it sends, and what happens when plexapi fails."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from custom_components.plex_smart_scan.scanner.plex.client import PlexClient
from custom_components.plex_smart_scan.scanner.plex.errors import ErrorKind, PlexError
from custom_components.plex_smart_scan.scanner.plex.transport.http_session import Session
from custom_components.plex_smart_scan.scanner.plex.transport.identity import ServerIdentity
from custom_components.plex_smart_scan.scanner.plex.url_and_token import Access
from tests.fake_plex import FakePlex, Fault, samples


@pytest.fixture
async def client(fake_plex: FakePlex) -> AsyncIterator[PlexClient]:
    """Return a client with a timeout of half a second."""
    client = PlexClient(Access(url=fake_plex.url, token=fake_plex.token), timeout=0.5)
    yield client
    await client.close()


@pytest.fixture
def broken_plexapi(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make plexapi fail, as after an incompatible release."""

    def fail(*_args: Any, **_kwargs: Any) -> None:
        msg = "no attribute '_headers'"
        raise AttributeError(msg)

    monkeypatch.setattr("plexapi.server.PlexServer._headers", fail)


@pytest.mark.parametrize("verify_ssl", [True, False])
def test_certificates_of_the_environment_are_used_and_proxies_not(
    monkeypatch: pytest.MonkeyPatch, verify_ssl: bool
) -> None:
    """Certificates of the environment are trusted; its proxies are not used."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/certificates.pem")
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    session = Session("https://127.0.0.1", verify_ssl=verify_ssl, identity=ServerIdentity())

    settings = session.merge_environment_settings("https://127.0.0.1", {}, None, None, None)

    assert settings["verify"] == ("/certificates.pem" if verify_ssl else False)
    assert not settings["proxies"]


@pytest.mark.usefixtures("broken_plexapi")
async def test_request_is_sent_without_plexapi_if_plexapi_fails(
    fake_plex: FakePlex, client: PlexClient, tmp_path: Any
) -> None:
    """The same request is sent without plexapi; the token is in the header."""
    fake_plex.add_library("Movies", "movie", {"/data/m": tmp_path})

    (library,) = await client.libraries()
    await client.refresh(library, "/data/m/Tenet (2020)")

    assert library.title == "Movies"
    assert fake_plex.stats.requests[-1].query == {"path": "/data/m/Tenet (2020)"}
    assert all("X-Plex-Token" not in request.query for request in fake_plex.stats.requests)


@pytest.mark.usefixtures("broken_plexapi")
@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (Fault("status", status=401), ErrorKind.AUTH),
        (Fault("status", status=500), ErrorKind.SERVER_ERROR),
        (Fault("truncated"), ErrorKind.BROKEN_RESPONSE),
        (Fault("empty"), ErrorKind.BROKEN_RESPONSE),
        (Fault("disconnect"), ErrorKind.BROKEN_RESPONSE),
        (Fault("stall"), ErrorKind.TIMEOUT),
        (Fault("redirect", to="https://elsewhere.example"), ErrorKind.NOT_PLEX),
    ],
    ids=["401", "500", "truncated", "empty", "cut off", "stalled", "redirected"],
)
async def test_errors_without_plexapi_are_the_same(
    fake_plex: FakePlex, client: PlexClient, fault: Fault, kind: ErrorKind
) -> None:
    """Errors of Plex are the same both ways."""
    await client.libraries()
    fake_plex.faults.add(fault)

    with pytest.raises(PlexError) as error:
        await client.libraries()

    assert error.value.kind is kind


async def test_refusal_is_not_requested_again_without_plexapi(fake_plex: FakePlex, client: PlexClient) -> None:
    """A refusal of Plex is not requested again without plexapi."""
    await client.server()
    fake_plex.stats.reset()
    fake_plex.faults.add(Fault("status", status=403))

    with pytest.raises(PlexError):
        await client.libraries()

    assert fake_plex.stats.paths() == ["/library/sections"]


async def test_hanging_command_does_not_delay_look_ups(fake_plex: FakePlex, client: PlexClient, tmp_path: Any) -> None:
    """Commands and look-ups have separate channels."""
    fake_plex.add_library("Movies", "movie", {"/data/m": tmp_path})
    await client.server()
    (library,) = await client.libraries()
    fault = fake_plex.faults.add(Fault("slow", path="*/refresh"))
    command = asyncio.create_task(client.refresh(library, None))
    await fake_plex.wait_for_request("*/refresh")

    assert len(await client.libraries()) == 1

    assert not command.done()
    fault.release()
    await command


@pytest.mark.usefixtures("broken_plexapi")
async def test_large_page_is_read_completely_without_plexapi(fake_plex: FakePlex, client: PlexClient) -> None:
    """A large page arrives in several chunks."""
    fake_plex.faults.add(Fault("html", path="/library/*", body=many_libraries(5000)))

    assert len(await client.libraries()) == 5000


@pytest.mark.usefixtures("broken_plexapi")
async def test_retry_after_is_kept_without_plexapi(fake_plex: FakePlex, client: PlexClient) -> None:
    """Retry-After is kept, as with plexapi."""
    fake_plex.faults.add(Fault("status", status=429, headers={"Retry-After": "77"}))

    with pytest.raises(PlexError) as error:
        await client.libraries()

    assert (error.value.kind, error.value.retry_after) == (ErrorKind.RATE_LIMITED, 77)


def many_libraries(count: int) -> str:
    """Return a response with so many libraries."""
    rows = (f'<Directory key="{number}" type="movie" title="Movies {number}" agent="x"/>' for number in range(count))
    return f"<MediaContainer>{''.join(rows)}</MediaContainer>"


@pytest.mark.parametrize("encoding", ["Shift_JIS", "none-such"])
async def test_response_in_an_unknown_encoding_is_a_broken_response(
    fake_plex: FakePlex, client: PlexClient, caplog: pytest.LogCaptureFixture, encoding: str
) -> None:
    """It is a broken response, and ends no task."""
    await client.server()
    fake_plex.faults.add(Fault("html", body=f'<?xml version="1.0" encoding="{encoding}"?><MediaContainer/>'))

    with pytest.raises(PlexError) as error:
        await client.libraries()

    assert error.value.kind is ErrorKind.BROKEN_RESPONSE
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


@pytest.mark.usefixtures("broken_plexapi")
async def test_unexpected_error_is_logged_without_the_token(
    fake_plex: FakePlex,
    client: PlexClient,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """An unexpected error is a broken response, too, with a traceback in the log and without the token."""

    def fail(*_args: Any, **_options: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(Session, "query", fail)

    for _ in range(2):
        with pytest.raises(PlexError) as error:
            await client.libraries()
        assert error.value.kind is ErrorKind.BROKEN_RESPONSE

    assert "Traceback" in caplog.text
    assert "ZeroDivisionError" in caplog.text
    assert [record.message for record in caplog.records if record.levelname == "WARNING"] == [
        "Unexpected error in plexapi: AttributeError"  # once, not with every request
    ]
    assert fake_plex.token not in caplog.text


@pytest.mark.parametrize("path", ["/", "/library/sections"])
async def test_404_for_a_basic_request_comes_from_a_proxy(fake_plex: FakePlex, client: PlexClient, path: str) -> None:
    """Every Plex server has these paths, so a 404 comes from a proxy."""
    fake_plex.faults.add(Fault("status", status=404, path=path))

    with pytest.raises(PlexError) as error:
        await (client.server() if path == "/" else client.libraries())

    assert error.value.kind is ErrorKind.NOT_PLEX


async def test_redirect_is_not_followed(fake_plex: FakePlex, client: PlexClient, socket_enabled: None) -> None:
    """The token is sent to no other server; the error names the target of the redirection."""
    elsewhere = FakePlex()
    await elsewhere.start()
    await client.server()
    fake_plex.faults.add(Fault("redirect", to=elsewhere.url))

    for request in (client.server, client.libraries):
        with pytest.raises(PlexError, match=f"redirects to {elsewhere.url}$") as error:
            await request()
        assert error.value.kind is ErrorKind.NOT_PLEX

    assert elsewhere.stats.requests == []
    await elsewhere.stop()


async def test_stalled_body_is_a_timeout(fake_plex: FakePlex) -> None:
    """A response that stops is a timeout of this request; the server is available."""
    client = PlexClient(Access(url=fake_plex.url, token=fake_plex.token), timeout=0.2)
    await client.server()
    fake_plex.faults.add(Fault("stall"))

    with pytest.raises(PlexError) as error:
        await client.libraries()

    assert error.value.kind is ErrorKind.TIMEOUT
    fake_plex.faults.clear()
    await client.close()


async def test_timeout_of_a_slow_request_grows_with_each_attempt(
    fake_plex: FakePlex, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    """The timeout of a slow request grows, independently of others, until it succeeds."""
    allowed: list[float] = []
    ask = Session.query

    def observe(session: Session, method: str, url: str, headers: Any, *, seconds: float, limit: int) -> Any:
        if "/all" in url:
            allowed.append(seconds)
        return ask(session, method, url, headers, seconds=seconds, limit=limit)

    monkeypatch.setattr(Session, "query", observe)
    fake_plex.add_library("Movies", "movie", {"/data/m": tmp_path})
    client = PlexClient(Access(url=fake_plex.url, token=fake_plex.token), timeout=0.1)
    (library,) = await client.libraries()
    fault = fake_plex.faults.add(Fault("slow", path="*/all"))
    for _ in range(3):
        with pytest.raises(PlexError):
            await client.find(library, "Tenet", 10)
        await client.probe()
        await client.activities()
    fault.remove()
    for _ in range(2):
        await client.find(library, "Tenet", 10)

    assert [round(seconds, 3) for seconds in allowed] == [0.1, 0.15, 0.225, 0.338, 0.1]
    await client.close()


async def test_hanging_command_does_not_delay_the_probe(fake_plex: FakePlex, client: PlexClient, tmp_path: Any) -> None:
    """The probe uses another channel."""
    fake_plex.add_library("Movies", "movie", {"/data/m": tmp_path})
    await client.server()
    (library,) = await client.libraries()
    fault = fake_plex.faults.add(Fault("slow", path="*/refresh"))
    command = asyncio.create_task(client.refresh(library, None))
    await fake_plex.wait_for_request("*/refresh")

    assert (await client.probe()).machine_identifier == fake_plex.machine_identifier

    assert not command.done()
    fault.release()
    await command


class TestRefresh:
    """GET works on every recorded version, POST is the documented form."""

    @pytest.mark.parametrize("folder", [None, "/data/m/Tenet (2020) & more"])
    async def test_refresh_uses_post_if_get_is_not_found(
        self, fake_plex: FakePlex, client: PlexClient, tmp_path: Any, folder: str | None
    ) -> None:
        """POST is used if GET is not found while the library still exists."""
        fake_plex.quirks.refresh_methods = "post"
        fake_plex.add_library("Movies", "movie", {"/data/m": tmp_path})
        (library,) = await client.libraries()
        fake_plex.stats.reset()

        await client.refresh(library, folder)

        sent = [
            (request.method, request.query, request.status)
            for request in fake_plex.stats.requests
            if request.matches("/library/sections*")
        ]
        query = {} if folder is None else {"path": folder}
        assert sent == [("GET", query, 404), ("GET", {}, 200), ("POST", query, 200)]

    async def test_refresh_sends_no_post_if_get_succeeds(
        self, fake_plex: FakePlex, client: PlexClient, tmp_path: Any
    ) -> None:
        """There is no second request if GET succeeds."""
        fake_plex.add_library("Movies", "movie", {"/data/m": tmp_path})
        (library,) = await client.libraries()
        fake_plex.stats.reset()

        await client.refresh(library, "/data/m")

        assert fake_plex.stats.count("/library/sections*") == fake_plex.stats.count("*/refresh", "GET") == 1

    async def test_refresh_of_a_removed_library_is_not_found(
        self, fake_plex: FakePlex, client: PlexClient, tmp_path: Any
    ) -> None:
        """A 404 for a library that is no longer listed is reported."""
        fake_plex.add_library("Movies", "movie", {"/data/m": tmp_path})
        (library,) = await client.libraries()

        with pytest.raises(PlexError) as error:
            await client.refresh(replace(library, id=99), None)

        assert error.value.kind is ErrorKind.NOT_FOUND
        assert fake_plex.stats.count("*/refresh", "POST") == 0

    async def test_refresh_fails_if_post_is_not_found_either(
        self, fake_plex: FakePlex, client: PlexClient, tmp_path: Any
    ) -> None:
        """If POST is not found either, that is the error."""
        fake_plex.add_library("Movies", "movie", {"/data/m": tmp_path})
        (library,) = await client.libraries()
        fake_plex.faults.add(Fault("status", status=404, path="*/refresh"))

        with pytest.raises(PlexError) as error:
            await client.refresh(library, None)

        assert error.value.kind is ErrorKind.NOT_FOUND


class TestBrowse:
    """Whether the server answers questions about its disk."""

    @pytest.mark.parametrize("status", [0, 400, 403, 404])
    async def test_refused_browsing_means_that_browsing_is_unavailable(
        self, fake_plex: FakePlex, client: PlexClient, status: int
    ) -> None:
        """A refusal is a response."""
        fake_plex.quirks.browse_refused = status

        assert await client.can_browse() is not bool(status)

    async def test_browsing_an_unavailable_server_raises_an_error(
        self, fake_plex: FakePlex, client: PlexClient
    ) -> None:
        """No response is an error."""
        fake_plex.faults.add(Fault("status", status=503))

        with pytest.raises(PlexError):
            await client.can_browse()

    async def test_server_checks_files_without_a_refresh(
        self, fake_plex: FakePlex, client: PlexClient, tmp_path: Path
    ) -> None:
        """The server checks the files of an item without refreshing it."""
        path = samples.add_movie(tmp_path, "Tenet (2020)")
        fake_plex.add_library("Movies", "movie", {str(tmp_path): tmp_path})
        fake_plex.seed()
        (library,) = await client.libraries()
        (file,) = (await client.find(library, path.name, 10)).files

        assert await client.files_missing_on_disk(file.rating_key) == frozenset()
        path.unlink()
        assert await client.files_missing_on_disk(file.rating_key) == frozenset({str(path)})
        assert fake_plex.stats.requests[-1].query == {"checkFiles": "1", "skipRefresh": "1"}
        assert await client.files_missing_on_disk(99_999) is None


async def test_page_can_start_anywhere(fake_plex: FakePlex, client: PlexClient, tmp_path: Path) -> None:
    """A page can begin anywhere; the total counts all matches."""
    samples.build_movie_tree(tmp_path, movies=10)
    fake_plex.add_library("Movies", "movie", {str(tmp_path): tmp_path})
    fake_plex.seed()
    (library,) = await client.libraries()

    pages = [await client.find(library, "/", limit, start=start) for start, limit in ((0, 2), (5, 1), (9, 1), (10, 1))]

    assert [(len(page.files), page.total) for page in pages] == [(2, 10), (1, 10), (1, 10), (0, 10)]
    assert len({file.file for page in pages for file in page.files}) == 4
