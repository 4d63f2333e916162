"""The client: certificates, timeouts, redirects, unexpected responses and the probe."""

import asyncio
from typing import Any

import pytest

from custom_components.plex_smart_scan.scanner.plex.client import PlexClient
from custom_components.plex_smart_scan.scanner.plex.errors import ErrorKind, PlexError
from custom_components.plex_smart_scan.scanner.plex.transport.http_session import Session
from custom_components.plex_smart_scan.scanner.plex.transport.identity import ServerIdentity
from custom_components.plex_smart_scan.scanner.plex.url_and_token import Access
from tests.fake_plex import FakePlex, Fault
from tests.scanner.patient_client import make_patient


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


@pytest.mark.parametrize("path", ["/", "/library/sections"])
async def test_404_for_a_basic_request_comes_from_a_proxy(fake_plex: FakePlex, client: PlexClient, path: str) -> None:
    """Every Plex server has these paths, so a 404 comes from a proxy."""
    fake_plex.faults.add(Fault("status", status=404, path=path))

    with pytest.raises(PlexError) as error:
        await (client.server() if path == "/" else client.libraries())

    assert error.value.kind is ErrorKind.NOT_PLEX


async def test_empty_container_is_no_list_of_libraries(fake_plex: FakePlex, client: PlexClient) -> None:
    """A server without libraries names its list; a proxy that answers everything with the same XML does not."""
    assert await client.libraries() == ()
    fake_plex.faults.add(Fault("html", body='<MediaContainer size="0"></MediaContainer>', path="/library/sections"))

    with pytest.raises(PlexError, match="not a list of libraries") as error:
        await client.libraries()

    assert error.value.kind is ErrorKind.BROKEN_RESPONSE


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
    client = make_patient(PlexClient(Access(url=fake_plex.url, token=fake_plex.token), timeout=0.2), fake_plex)
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
    ask, long = Session.query, 60.0

    def observe(session: Session, method: str, url: str, headers: Any, *, seconds: float, limit: int) -> Any:
        if "/all" in url:
            allowed.append(seconds)
        timeout = seconds if "/all" in url and fake_plex.faults.active else long
        return ask(session, method, url, headers, seconds=timeout, limit=limit)

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
