"""A dialog in which a user signs in, and the servers that it finds."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from unittest.mock import patch

from homeassistant.core import HomeAssistant
import pytest

from tests.fake_plex import FakePlex
from tests.fake_plex.certificates import self_signed_context
from tests.fake_plex.tls_proxy import TlsProxy
from tests.fake_plex_tv import Account, FakePlexTv
from tests.fake_plex_tv.models import plex_direct

from .dialog import Dialog


@pytest.fixture(autouse=True)
async def _settled(settled: None) -> None:
    """Wait until all tasks are finished before Plex stops."""


@pytest.fixture(autouse=True)
def _patient_probes() -> Iterator[None]:
    """Wait longer for a server, since the fake one can be slow on a busy machine."""
    with patch("custom_components.plex_smart_scan.flows.addresses.PROBE_SECONDS", 60.0):
        yield


@pytest.fixture
def listed(fake_plex: FakePlex, plex_tv: FakePlexTv, owner: Account) -> FakePlex:
    """Return a server that the owner's account lists."""
    plex_tv.add_server(fake_plex, owner)
    return fake_plex


@pytest.fixture
async def dialog(hass: HomeAssistant, plex_tv: FakePlexTv, listed: FakePlex) -> Dialog:
    """Return an open dialog."""
    return await Dialog.open(hass, plex_tv)


@pytest.fixture
async def tls(hass: HomeAssistant, fake_plex: FakePlex, tmp_path: Path) -> AsyncIterator[TlsProxy]:
    """Return where the server answers over https, with a certificate for its plex.direct name."""
    proxy = TlsProxy(fake_plex.port, self_signed_context(tmp_path, plex_direct("127.0.0.1")))
    yield proxy
    for entry in hass.config_entries.async_entries("plex_smart_scan"):
        await hass.config_entries.async_remove(entry.entry_id)
    await hass.async_block_till_done()
    await hass.async_add_executor_job(proxy.stop)
