"""The repair issues that a test sees, and how it fixes them."""

from datetime import timedelta
from http import HTTPStatus
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import issue_registry as ir
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from .conftest import Scan


async def pass_time(hass: HomeAssistant, time: timedelta) -> None:
    """Let time pass, and what it brings happen."""
    async_fire_time_changed(hass, dt_util.utcnow() + time + timedelta(seconds=1), fire_all=True)
    await hass.async_block_till_done(wait_background_tasks=True)


async def refuse(scan: Scan, path: str) -> None:
    """Report a path that no library has."""
    with pytest.raises(ServiceValidationError):
        await scan(path)


async def fix(hass: HomeAssistant, client: ClientSessionGenerator, issue: ir.IssueEntry) -> dict[str, Any]:
    """Click through an issue's repair, and return its question."""
    http = await client()
    answer = await http.post("/api/repairs/issues/fix", json={"handler": issue.domain, "issue_id": issue.issue_id})
    assert answer.status == HTTPStatus.OK
    question: dict[str, Any] = await answer.json()
    assert question["step_id"] == "confirm"
    answer = await http.post(f"/api/repairs/issues/fix/{question['flow_id']}", json={})
    assert (await answer.json())["type"] == "create_entry"
    await hass.async_block_till_done()
    return question
