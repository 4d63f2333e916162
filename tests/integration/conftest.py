"""Home Assistant with the integration, and a Plex that it can reach."""

from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any
from unittest.mock import PropertyMock, patch

from aiohttp.test_utils import TestClient
from homeassistant.auth.const import GROUP_ID_USER
from homeassistant.const import CONF_TOKEN, CONF_URL, CONF_VERIFY_SSL, CONF_WEBHOOK_ID
from homeassistant.core import HomeAssistant
from homeassistant.core_config import async_process_ha_core_config
from homeassistant.helpers import issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import CLIENT_ID, MockConfigEntry, MockUser
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.plex_smart_scan.const import DOMAIN
from tests.fake_plex import FakePlex, samples
from tests.fake_plex_tv import FakePlexTv
from tests.scanner.conftest import QUICK
from tests.scanner.steady_clock import SteadyClock

from .sign_in.dialog import QUICK_POLLING
from .waiting import wait_until

type SetUp = Callable[..., Awaitable[MockConfigEntry]]
type Scan = Callable[..., Coroutine[Any, Any, dict[str, Any]]]
type ScanUntil = Callable[[MockConfigEntry, Path, str], Coroutine[Any, Any, dict[str, Any]]]


@pytest.fixture(autouse=True)
def _custom_integrations(enable_custom_integrations: None) -> None:
    """Let Home Assistant load the integration."""


@pytest.fixture(autouse=True)
def _quick() -> Iterator[None]:
    """Use short timeouts for the simulated Plex server, on a clock that a busy machine does not advance."""
    with (
        patch("custom_components.plex_smart_scan.coordinator.TIMING", QUICK),
        patch("custom_components.plex_smart_scan.scanner.engine.SystemClock", SteadyClock),
    ):
        yield


@pytest.fixture(autouse=True)
def _long_form_timeout() -> Iterator[None]:
    """Let a form wait longer for Plex, since the fake one can be slow on a busy machine."""
    with patch("custom_components.plex_smart_scan.flows.check_connection.REQUEST_TIMEOUT", 60.0):
        yield


@pytest.fixture
def hass_config_dir(hass_tmp_config_dir: str) -> str:
    """Use a separate configuration folder for each test, because requests are saved to disk."""
    return hass_tmp_config_dir


@pytest.fixture
def tv(fake_plex: FakePlex, tmp_path: Path) -> Path:
    """Return the folder of a TV library with one episode, which Plex knows by the same name."""
    root = tmp_path / "media" / "tv"
    samples.add_episode(root, "Westworld", 1, 1)
    fake_plex.add_library("TV Shows", "show", {str(root): root})
    fake_plex.seed()
    return root


@pytest.fixture
def movies(fake_plex: FakePlex, tmp_path: Path) -> Path:
    """Return the folder of an empty movie library."""
    root = tmp_path / "media" / "movies"
    root.mkdir(parents=True)
    fake_plex.add_library("Movies", "movie", {str(root): root})
    return root


@pytest.fixture
async def attic(socket_enabled: None, tmp_path: Path) -> AsyncIterator[FakePlex]:
    """Return a second server with a separate library and a library that both servers have."""
    plex = FakePlex(machine_identifier="att1c", friendly_name="Attic")
    music = tmp_path / "media" / "music"
    samples.add_track(music, "Artist", "Album", 1)
    plex.add_library("Music", "artist", {str(music): music})
    plex.add_library("All TV", "show", {str(tmp_path / "media" / "tv"): tmp_path / "media" / "tv"})
    await plex.start()
    yield plex
    await plex.stop()


@pytest.fixture
async def settled(hass: HomeAssistant, fake_plex: FakePlex) -> AsyncIterator[None]:
    """Wait until all tasks are finished before Plex stops."""
    yield
    await hass.async_block_till_done()


@pytest.fixture
async def other_plex(socket_enabled: None) -> AsyncIterator[FakePlex]:
    """Return another server without libraries."""
    plex = FakePlex(machine_identifier="0ther", friendly_name="Attic", token="other-token")
    await plex.start()
    yield plex
    await plex.stop()


@pytest.fixture
def entity_registry_enabled_by_default() -> Iterator[None]:
    """Enable every entity."""
    with patch(
        "homeassistant.helpers.entity.Entity.entity_registry_enabled_default",
        new_callable=PropertyMock,
        return_value=True,
    ):
        yield


def make_entry(plex: FakePlex, **fields: Any) -> MockConfigEntry:
    """Return an entry for a fake Plex, as the config flow makes it."""
    data = {
        CONF_URL: plex.url,
        CONF_TOKEN: plex.token,
        CONF_VERIFY_SSL: True,
        CONF_WEBHOOK_ID: f"webhook-{plex.machine_identifier}",
    }
    return MockConfigEntry(
        **{
            "domain": DOMAIN,
            "title": plex.friendly_name,
            "unique_id": plex.machine_identifier,
            "data": data | fields.pop("data", {}),
            **fields,
        }
    )


@pytest.fixture
def set_up(hass: HomeAssistant, fake_plex: FakePlex) -> SetUp:
    """Return a function that sets an entry up, by default one for the fake Plex, with the options given."""

    async def do(
        entry: MockConfigEntry | None = None, *, plex: FakePlex = fake_plex, websocket: bool = True, **options: Any
    ) -> MockConfigEntry:
        entry = entry or make_entry(plex, options=options)
        entry.add_to_hass(hass)
        await hass.config_entries.async_setup(entry.entry_id)
        await hass.async_block_till_done()
        if websocket:
            # Connected, and asked which scans are running.
            await plex.wait_websocket()
            await plex.wait_for_request("/activities")
        plex.stats.reset()
        return entry

    return do


@pytest.fixture
def scan(hass: HomeAssistant) -> Scan:
    """Return a function that calls `scan_path` and returns its response."""

    async def do(path: Any, **data: Any) -> dict[str, Any]:
        response = await hass.services.async_call(
            DOMAIN, "scan_path", {"path": path, **data}, blocking=True, return_response=True
        )
        assert response is not None
        return dict(response)

    return do


@pytest.fixture
def scan_until(hass: HomeAssistant, scan: Scan) -> ScanUntil:
    """Return a function that scans a path and returns its result when it is pending for a reason."""

    async def do(entry: MockConfigEntry, path: Path, reason: str) -> dict[str, Any]:
        await scan(str(path), wait=False)
        engine = entry.runtime_data.engine
        await wait_until(hass, lambda: reason in {each.reason for each in engine.pending_results(10)})
        (result,) = (await scan(str(path), timeout=0))["results"]
        return dict(result)

    return do


@pytest.fixture
def plex_tv(fake_plex_tv: FakePlexTv) -> Iterator[FakePlexTv]:
    """Return a simulated plex.tv with short polling intervals; host names of its servers cannot be resolved."""
    module = "custom_components.plex_smart_scan.plex_tv"
    with (
        patch(f"{module}.PLEX_TV_URL", fake_plex_tv.url),
        patch(f"{module}.AUTH_PAGE_URL", fake_plex_tv.auth_url),
        patch(f"{module}.LINK_PAGE_URL", fake_plex_tv.link_url),
        patch("custom_components.plex_smart_scan.flows.pin_polling.TIMING", QUICK_POLLING),
        patch("aiohttp.resolver.AsyncResolver.resolve", side_effect=OSError("Name or service not known")),
    ):
        yield fake_plex_tv


@pytest.fixture
async def address(hass: HomeAssistant) -> None:
    """Give Home Assistant a URL, which the URL of the webhook starts with."""
    await async_process_ha_core_config(hass, {"internal_url": "http://192.168.1.2:8123"})


@pytest.fixture
async def user_token(hass: HomeAssistant, local_auth: Any) -> str:
    """Return the access token of a user without administrator rights."""
    group = await hass.auth.async_get_group(GROUP_ID_USER)
    assert group
    user = MockUser(groups=[group]).add_to_hass(hass)
    refresh_token = await hass.auth.async_create_refresh_token(user, CLIENT_ID)
    return hass.auth.async_create_access_token(refresh_token)


@pytest.fixture
async def user(entry: MockConfigEntry, hass_client: ClientSessionGenerator, user_token: str) -> TestClient[Any, Any]:
    """Return the HTTP client of a user without administrator rights, for the `entry` of a test module."""
    client: TestClient[Any, Any] = await hass_client(user_token)
    return client


class Issues:
    """The repair issues of the integration."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Store the issue registry."""
        self._hass = hass

    def __call__(self) -> dict[str, ir.IssueEntry]:
        """Return the issues by the key of their text."""
        return {each.translation_key or "": each for each in self.all}

    @property
    def all(self) -> list[ir.IssueEntry]:
        """All issues, including inactive ones that Home Assistant has stored."""
        return [each for each in ir.async_get(self._hass).issues.values() if each.domain == DOMAIN]

    async def wait(self, *keys: str) -> dict[str, ir.IssueEntry]:
        """Wait until exactly these issues exist."""
        for _ in range(2000):
            if self().keys() == set(keys):
                break
            await self._hass.async_block_till_done(wait_background_tasks=True)
        assert self().keys() == set(keys)
        return self()


@pytest.fixture
def issues(hass: HomeAssistant) -> Issues:
    """Return the repair issues, by the key of their text."""
    return Issues(hass)


def first_episode(tv: Path) -> Path:
    """Return the episode that Plex has from the start."""
    return next(tv.rglob("*.mkv"))
