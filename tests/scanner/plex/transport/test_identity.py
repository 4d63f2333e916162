"""Another Plex server at the same address: it gets no token and no scan, and its responses are not used."""

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from custom_components.plex_smart_scan.scanner.models import Outcome, Reason
from custom_components.plex_smart_scan.scanner.plex.client import PlexClient
from custom_components.plex_smart_scan.scanner.plex.errors import ErrorKind, PlexError
from custom_components.plex_smart_scan.scanner.plex.server_availability import ConnectionState
from custom_components.plex_smart_scan.scanner.plex.transport.identity import ServerIdentity, identify
from custom_components.plex_smart_scan.scanner.plex.url_and_token import Access
from custom_components.plex_smart_scan.scanner.plex.websocket_session import ConnectionEndedError, open_verified_session
from tests.fake_plex import FakePlex, Fault, samples
from tests.fake_plex.certificates import self_signed_context
from tests.scanner.conftest import Bench, MakeBench
from tests.scanner.patient_client import make_patient


@pytest.fixture
async def impostor(tv: Path, fake_plex: FakePlex) -> AsyncIterator[FakePlex]:
    """Return another server of the same owner, with the same library, that is not started."""
    other = FakePlex(machine_identifier="1mp05704" * 5, friendly_name="Attic")
    other.token = fake_plex.token
    other.add_library("TV Shows", "show", {str(tv): tv})
    other.seed()
    yield other
    await other.stop()


def tokens(plex: FakePlex) -> list[str]:
    """Return the paths of all requests that came with a token."""
    return [each.path for each in plex.stats.requests if "X-Plex-Token" in each.headers or "X-Plex-Token" in each.query]


async def swap(old: FakePlex, new: FakePlex) -> None:
    """Let another server respond at the port of one."""
    port = old.port
    await old.stop()
    await new.start(port)


async def test_requests_stay_pending_while_another_server_responds(tv: Path, bench: Bench, impostor: FakePlex) -> None:
    """Pending requests stay pending, the state names the other server, and they resume when the server is back."""
    bench.plex.hold_scans()
    episode = samples.add_episode(tv, "Westworld", 1, 2)
    (pending,) = await bench.engine.submit([bench.request(episode)], durable=True)
    await bench.plex.wait_queued()
    await swap(bench.plex, impostor)
    await bench.until(lambda: bench.engine.availability.state is ConnectionState.OFFLINE)
    bench.engine.availability.probe_now()

    await bench.until(lambda: getattr(bench.engine.availability.error, "server", None) is not None)
    result = await bench.engine.wait(pending, 0.05)

    assert (result.outcome, result.reason) == (Outcome.PENDING, Reason.SERVER_OFFLINE)
    error = bench.links[-1][1]
    assert error
    assert (error.kind, error.server) == (ErrorKind.WRONG_SERVER, impostor.machine_identifier)
    assert tokens(impostor) == []
    assert {each.path for each in impostor.stats.requests} == {"/identity"}
    assert impostor.stats.scans == []

    bench.plex.release_scans()
    await swap(impostor, bench.plex)
    bench.engine.availability.probe_now()
    assert (await bench.engine.wait(pending, 10)).outcome is Outcome.ADDED


@pytest.mark.parametrize("websocket", [True, False])
async def test_other_server_gets_no_token_with_any_request(
    tv: Path, make_bench: MakeBench, impostor: FakePlex, websocket: bool
) -> None:
    """Every kind of request: look-ups, scans and the websocket."""
    bench = await make_bench(websocket=websocket)
    await swap(bench.plex, impostor)
    paths = [samples.add_episode(tv, "Westworld", 1, number) for number in range(2, 8)]
    await bench.engine.submit([bench.request(path, force=True) for path in paths], durable=True)

    await bench.until(lambda: getattr(bench.engine.availability.error, "server", None) is not None)
    await bench.until(lambda: not websocket or len(impostor.stats.requests) > 1)

    assert bench.results == []
    assert tokens(impostor) == []


async def test_each_connection_of_a_pool_is_verified(fake_plex: FakePlex, impostor: FakePlex) -> None:
    """Each connection that a pool makes is verified."""
    access = Access(url=fake_plex.url, token=fake_plex.token, machine_identifier=fake_plex.machine_identifier)
    client = PlexClient(access, timeout=60)
    await client.server()
    (library,) = await client.libraries()
    assert fake_plex.stats.paths().count("/identity") == 2  # one for each channel
    await swap(fake_plex, impostor)

    for question in (client.libraries, client.probe, client.storage, lambda: client.refresh(library, None)):
        with pytest.raises(PlexError) as error:
            await question()
        assert error.value.kind is ErrorKind.WRONG_SERVER

    assert tokens(impostor) == []
    await client.close()


async def test_wrong_server_gets_no_token_on_first_contact(impostor: FakePlex) -> None:
    """If an identifier is expected, a wrong server gets no token at all."""
    await impostor.start()
    client = PlexClient(Access(url=impostor.url, token="secret", machine_identifier="another"), timeout=60)

    with pytest.raises(PlexError) as error:
        await client.server()

    assert error.value.kind is ErrorKind.WRONG_SERVER
    assert tokens(impostor) == []
    await client.close()


async def test_new_server_is_identified_by_its_first_response(fake_plex: FakePlex, impostor: FakePlex) -> None:
    """A new server is known from its first response on."""
    client = PlexClient(Access(url=fake_plex.url, token=fake_plex.token), timeout=60)
    await client.server()
    await swap(fake_plex, impostor)

    with pytest.raises(PlexError):
        await client.server()

    assert tokens(impostor) == []
    await client.close()


async def test_server_is_verified_over_unverified_tls(fake_plex: FakePlex, impostor: FakePlex, tmp_path: Path) -> None:
    """Without verified certificates, TLS alone does not identify a server."""
    context = self_signed_context(tmp_path)
    await fake_plex.stop()
    await fake_plex.start(ssl_context=context)
    access = Access(url=fake_plex.url, token=fake_plex.token, verify_ssl=False)
    client = PlexClient(access, timeout=60)
    assert (await client.server()).machine_identifier == fake_plex.machine_identifier
    async with await open_verified_session(access) as connection:
        await connection.verify(client.identity)
    port = fake_plex.port
    await fake_plex.stop()
    await impostor.start(port, ssl_context=context)

    with pytest.raises(PlexError) as error:
        await client.libraries()
    assert error.value.kind is ErrorKind.WRONG_SERVER
    async with await open_verified_session(access) as connection:
        with pytest.raises(PlexError):
            await connection.verify(client.identity)

    assert tokens(impostor) == []
    await client.close()


async def test_websocket_rejects_a_self_signed_certificate(fake_plex: FakePlex, tmp_path: Path) -> None:
    """A self-signed certificate is rejected if certificates are verified."""
    await fake_plex.stop()
    await fake_plex.start(ssl_context=self_signed_context(tmp_path))

    async with await open_verified_session(Access(url=fake_plex.url, token="t")) as connection:
        with pytest.raises(aiohttp.ClientSSLError):
            await connection.verify(ServerIdentity())


async def test_websocket_sends_the_token_only_on_the_verified_connection(fake_plex: FakePlex) -> None:
    """If the verified connection ends, the token is not sent on another one."""
    async with await open_verified_session(Access(url=fake_plex.url, token=fake_plex.token)) as connection:
        await connection.verify(ServerIdentity(fake_plex.machine_identifier))
        await fake_plex.restart()

        with pytest.raises(ConnectionEndedError):
            async with connection.ws_connect(f"{fake_plex.url}/:/websockets/notifications"):
                pass

    assert "/:/websockets/notifications" not in fake_plex.stats.paths()


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (Fault("status", path="/identity", status=404), ErrorKind.NOT_PLEX),
        (Fault("status", path="/identity", status=502), ErrorKind.UNAVAILABLE),
        (Fault("html", path="/identity", body="<html>"), ErrorKind.NOT_PLEX),
        (Fault("html", path="/identity", body="<MediaContainer/>"), ErrorKind.NOT_PLEX),
        (Fault("html", path="/identity", body="<!--" + "x" * 100_000 + "-->"), ErrorKind.NOT_PLEX),
        (Fault("slow", path="/identity"), ErrorKind.TIMEOUT),
        (Fault("disconnect", path="/identity"), ErrorKind.NETWORK),
    ],
    ids=["404", "502", "web page", "no identifier", "too long", "slow", "disconnected"],
)
async def test_server_without_an_identity_gets_no_token(fake_plex: FakePlex, fault: Fault, kind: ErrorKind) -> None:
    """A server that cannot identify itself gets no token."""
    client = make_patient(PlexClient(Access(url=fake_plex.url, token=fake_plex.token), timeout=0.3), fake_plex)
    fake_plex.faults.add(fault)

    with pytest.raises(PlexError) as error:
        await client.libraries()

    assert error.value.kind is kind
    assert tokens(fake_plex) == []
    await client.close()
    fake_plex.faults.clear()


async def test_identifier_is_requested_without_a_token(fake_plex: FakePlex) -> None:
    """The identifier is requested without a token."""
    async with aiohttp.ClientSession() as session:
        assert await identify(session, fake_plex.url) == fake_plex.machine_identifier
        fake_plex.faults.add(Fault("html", path="/identity", body="<!--" + "x" * 100_000 + "-->"))
        with pytest.raises(PlexError):
            await identify(session, fake_plex.url)
    assert tokens(fake_plex) == []
