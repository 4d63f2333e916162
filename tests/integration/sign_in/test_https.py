"""Addresses with https: plex.direct names, and certificates that cannot be verified."""

from pathlib import Path
import socket
from ssl import create_default_context
from typing import Any
from unittest.mock import patch

from homeassistant.const import CONF_URL, CONF_VERIFY_SSL
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
import pytest

from tests.fake_plex import FakePlex
from tests.fake_plex.tls_proxy import TlsProxy
from tests.fake_plex_tv import Account, Connection, FakePlexTv
from tests.fake_plex_tv.models import plex_direct

from .dialog import ADDRESS, Dialog


async def test_plex_direct_name_is_used_for_https(
    hass: HomeAssistant,
    plex_tv: FakePlexTv,
    owner: Account,
    fake_plex: FakePlex,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    tls: TlsProxy,
) -> None:
    """A server that requires https is reached by its plex.direct name, which its certificate is made for."""
    name = plex_direct("127.0.0.1")
    plex_tv.add_server(fake_plex, owner, [Connection.of("127.0.0.1", tls.port)], https_required=True)
    authority = str(tmp_path / "certificate.pem")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", authority)
    real = socket.getaddrinfo

    def look_up(host: Any, *arguments: Any, **options: Any) -> Any:
        return real("127.0.0.1" if host == name else host, *arguments, **options)

    async def resolve(_self: Any, host: str, port: int = 0, family: int = 0) -> list[dict[str, Any]]:
        assert host == name
        return [{"hostname": host, "host": "127.0.0.1", "port": port, "family": socket.AF_INET, "proto": 0, "flags": 0}]

    with (
        patch("socket.getaddrinfo", look_up),
        patch("aiohttp.resolver.AsyncResolver.resolve", resolve),
        patch("homeassistant.util.ssl.client_context", return_value=create_default_context(cafile=authority)),
        patch(
            "homeassistant.helpers.aiohttp_client.ssl_util.client_context",
            return_value=create_default_context(cafile=authority),
        ),
    ):
        dialog = await (await Dialog.open(hass, plex_tv)).sign_in(owner)
        assert dialog.result["type"] is FlowResultType.CREATE_ENTRY, dialog.placeholders
        await hass.async_block_till_done()
    assert dialog.result["data"][CONF_URL] == f"https://{name}:{tls.port}"
    assert dialog.result["data"][CONF_VERIFY_SSL] is True


async def test_user_confirms_an_unverified_certificate(
    hass: HomeAssistant, plex_tv: FakePlexTv, owner: Account, fake_plex: FakePlex, tls: TlsProxy
) -> None:
    """If plex.direct names cannot be resolved, the user decides whether to accept an unverified certificate."""
    plex_tv.add_server(fake_plex, owner, [Connection.of("127.0.0.1", tls.port)], https_required=True)

    dialog = await (await Dialog.open(hass, plex_tv)).sign_in(owner)

    assert dialog.step == ADDRESS
    assert dialog.suggested == {CONF_URL: tls.url, CONF_VERIFY_SSL: False}
    assert "its certificate was not issued for this URL" in dialog.placeholders["tried"]
    assert fake_plex.stats.tokens == set()
    await dialog.send({CONF_URL: tls.url, CONF_VERIFY_SSL: True})
    assert (dialog.step, dialog.errors) == (ADDRESS, {"base": "ssl_error"})

    await dialog.send({CONF_URL: tls.url, CONF_VERIFY_SSL: False})

    assert dialog.result["type"] is FlowResultType.CREATE_ENTRY
    assert (dialog.result["data"][CONF_URL], dialog.result["data"][CONF_VERIFY_SSL]) == (tls.url, False)
