"""What is posted to a webhook."""

from pathlib import Path
from typing import Any

from aiohttp.test_utils import TestClient
from homeassistant.const import CONF_WEBHOOK_ID
from pytest_homeassistant_custom_component.common import MockConfigEntry

NOTHING: dict[str, Any] = {"accepted": [], "rejected": [], "ignored": None}


def url(entry: MockConfigEntry) -> str:
    """Return the path of an entry's webhook."""
    return f"/api/webhook/{entry.data[CONF_WEBHOOK_ID]}"


def sonarr(*paths: Path) -> dict[str, Any]:
    """Return what Sonarr posts after an import."""
    return {
        "eventType": "Download",
        "instanceName": "Sonarr",
        "applicationUrl": "",
        "series": {"id": 1, "title": "Westworld", "path": str(paths[0].parent.parent)},
        "episodeFile": {"id": 1, "path": str(paths[0]), "size": paths[0].stat().st_size},
        "isUpgrade": False,
    }


async def post(client: TestClient[Any, Any], entry: MockConfigEntry, **request: Any) -> tuple[int, dict[str, Any]]:
    """Post to the webhook, and return the status and the answer."""
    async with client.request(
        request.pop("method", "POST"), url(entry) + request.pop("query", ""), **request
    ) as answer:
        return answer.status, await answer.json()
