"""The action `scan_path`."""

from pathlib import Path
from typing import Any

from homeassistant.core import HomeAssistant
import pytest

from tests.fake_plex import FakePlex, samples

from .conftest import Scan, SetUp


async def test_new_episode_is_added(fake_plex: FakePlex, tv: Path, set_up: SetUp, scan: Scan) -> None:
    await set_up()
    episode = samples.add_episode(tv, "Westworld", 1, 2)

    response = await scan(str(episode))

    assert response["summary"] == {"added": 1}
    (result,) = response["results"]
    (item,) = result.pop("items")
    assert fake_plex.stats.folders_listed == 1
    assert len(fake_plex.stats.requests) <= 5
    assert (await scan(str(episode)))["summary"] == {"up_to_date": 1}
