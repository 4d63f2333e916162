"""Any JSON gets a valid response: Hypothesis sends it to a running Home Assistant over real HTTP."""

from collections.abc import AsyncIterator, Callable
from http import HTTPStatus
import json
from pathlib import Path
from typing import Any

from aiohttp.test_utils import TestClient
from homeassistant.const import CONF_WEBHOOK_ID
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from hypothesis import HealthCheck, given, settings, strategies as st
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.plex_smart_scan.const import DOMAIN
from tests.scanner.downloaders.bodies import ALL

from .conftest import SetUp

BODIES = [case.body for cases in ALL.values() for case in cases]


def names(value: Any) -> set[str]:
    """Return every key in a body, at any depth."""
    if isinstance(value, dict):
        return set(value).union(*map(names, value.values()))
    return set().union(*map(names, value)) if isinstance(value, list) else set()


KEYS = sorted({"path", "paths", "dir", "size", ""}.union(*map(names, BODIES)))
LUCK = st.integers(0, 19)  # without any, a part becomes something else
EVENTS = sorted({str(body["eventType"]) for body in BODIES if "eventType" in body})


def any_json(library: str) -> st.SearchStrategy[Any]:
    """Return a strategy for JSON: mostly real bodies, of which parts are something else or missing."""
    here = [library, f"{library}/Westworld", f"{library}/Westworld/Season 01/Westworld - S01E01.mkv"]
    odd = ["", " ", "\0", "\ud800", "..", "/", "//", "C:", "C:\\", r"\\nas\tv", "/" + "x" * 5000]
    texts = st.sampled_from([*here, *odd, *EVENTS]) | st.text(max_size=20)
    scalars = st.none() | st.booleans() | st.integers() | st.floats() | texts
    keys = st.sampled_from(KEYS) | st.text(max_size=5)
    values = st.recursive(
        scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=5), max_leaves=12
    )
    ours = st.dictionaries(st.sampled_from(["path", "paths", "dir", "size"]), values, min_size=1)
    real = st.sampled_from(BODIES).flatmap(lambda body: changed_body(body, values))
    return st.one_of(values, ours, real, real, real)


@st.composite
def changed_body(draw: st.DrawFn, body: Any, values: st.SearchStrategy[Any]) -> Any:
    """Draw a body of which any part, at any depth, can be replaced."""
    if not draw(LUCK):
        return draw(values)
    if isinstance(body, dict):
        return {key: draw(changed_body(value, values)) for key, value in body.items() if draw(LUCK)}
    if isinstance(body, list):
        return [draw(changed_body(value, values)) for value in body]
    return body


@pytest.fixture
async def entry(hass: HomeAssistant, tv: Path, set_up: SetUp) -> AsyncIterator[MockConfigEntry]:
    """Return a server that is set up, with a TV library."""
    await async_setup_component(hass, "api", {})
    entry = await set_up()
    yield entry
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.fixture
async def client(entry: MockConfigEntry, hass_client: ClientSessionGenerator) -> TestClient[Any, Any]:
    """Return a client with a token, which the webhook does not need."""
    client: TestClient[Any, Any] = await hass_client()
    return client


def post_each(
    hass: HomeAssistant,
    client: TestClient[Any, Any],
    path: str,
    bodies: st.SearchStrategy[Any],
    check: Callable[[int, bytes], None],
) -> None:
    """Post whatever Hypothesis thinks of, and check the answers.

    Called from a test that is no coroutine: Home Assistant's event loop only runs while an answer is waited for, so
    that nothing of it goes on while Hypothesis draws, and what fails can be made to fail again.
    """

    async def post(body: bytes) -> tuple[int, bytes]:
        async with client.post(path, data=body, headers={"Content-Type": "application/json"}) as answer:
            return answer.status, await answer.read()

    @settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(bodies.map(json.dumps))
    def each(body: str) -> None:
        check(*hass.loop.run_until_complete(post(body.encode())))

    each()


def test_webhook_answers_any_json_with_all_keys(
    hass: HomeAssistant, entry: MockConfigEntry, client: TestClient[Any, Any], tv: Path
) -> None:
    """Each response has all keys. After an exception, Home Assistant would return 200 and an empty body."""

    def check(status: int, answer: bytes) -> None:
        assert status in {HTTPStatus.OK, HTTPStatus.BAD_REQUEST}
        assert json.loads(answer).keys() - {"reason"} == {"accepted", "rejected", "ignored"}

    post_each(hass, client, f"/api/webhook/{entry.data[CONF_WEBHOOK_ID]}", any_json(str(tv)), check)


def test_action_answers_any_json_without_a_server_error(
    hass: HomeAssistant, entry: MockConfigEntry, client: TestClient[Any, Any], tv: Path
) -> None:
    """No response over REST has status 500, which Home Assistant returns after an exception."""

    def check(status: int, answer: bytes) -> None:
        assert status in {HTTPStatus.OK, HTTPStatus.BAD_REQUEST}
        assert answer

    post_each(hass, client, f"/api/services/{DOMAIN}/process_notification", any_json(str(tv)), check)
