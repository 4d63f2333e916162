"""Faults of the websocket: redirected and refused handshakes, malformed frames, and dropped connections."""

import json

import aiohttp
import pytest

from tests.fake_plex import Fault
from tests.fidelity.client import Client, Frames

from .client import OWNER

WEBSOCKET = "/:/websockets/notifications"


async def test_websocket_handshake_can_be_redirected(client: Client) -> None:
    """The handshake is led elsewhere too."""
    client.plex.faults.add(Fault("redirect", to="http://elsewhere.example", path=WEBSOCKET, times=1))
    async with client.session.get(client.plex.url + WEBSOCKET, headers=OWNER, allow_redirects=False) as response:
        assert (response.status, response.headers["Location"]) == (302, f"http://elsewhere.example{WEBSOCKET}")


async def test_malformed_frame_keeps_the_connection(client: Client) -> None:
    """One frame is no JSON; the connection lives on."""
    client.plex.faults.add(Fault("malformed_frame", times=1))
    async with client.session.ws_connect(client.plex.url + WEBSOCKET, headers=OWNER) as socket:
        await client.plex.wait_websocket()
        await client.plex.send_notification({"type": "status", "size": 0})

        with pytest.raises(json.JSONDecodeError):
            json.loads((await socket.receive()).data)
        assert (await socket.receive_json())["NotificationContainer"]["type"] == "status"


async def test_websocket_drop_closes_the_connection_once(client: Client, frames: Frames) -> None:
    """The open connection is closed once; the next one is kept."""
    await client.plex.wait_websocket()
    client.plex.faults.add(Fault("websocket_drop", times=1))
    message = await frames.socket.receive()
    assert message.type in {aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR, aiohttp.WSMsgType.CLOSE}
    await client.plex.wait_no_websocket()

    async with client.session.ws_connect(client.plex.url + WEBSOCKET, headers=OWNER) as socket:
        await client.plex.wait_websocket()
        await client.plex.send_notification({"type": "status", "size": 0})
        assert (await socket.receive_json())["NotificationContainer"]["type"] == "status"


async def test_websocket_drop_closes_new_connections(client: Client) -> None:
    """Without a connection, the next ones are closed while the fault is active."""
    fault = client.plex.faults.add(Fault("websocket_drop"))
    for _ in range(2):
        async with client.session.ws_connect(client.plex.url + WEBSOCKET, headers=OWNER) as socket:
            assert (await socket.receive()).type in {aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR}
    assert fault.hits == 2
    assert client.plex.hub.accepted == 2


@pytest.mark.parametrize("status", [401, 503])
async def test_websocket_handshake_can_be_refused(client: Client, status: int) -> None:
    """The handshake is refused, other requests are not."""
    client.plex.faults.add(Fault("websocket_handshake", status=status, times=1))
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await client.session.ws_connect(client.plex.url + WEBSOCKET, headers=OWNER)
    assert refused.value.status == status
    assert (await client.ask("/")).status == 200
    async with client.session.ws_connect(client.plex.url + WEBSOCKET, headers=OWNER):
        await client.plex.wait_websocket()
