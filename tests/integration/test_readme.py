"""What the README promises: its example works, and it calls things by the names that the forms show."""

from pathlib import Path
import re

from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from homeassistant.util.yaml import parse_yaml
import pytest
from pytest_homeassistant_custom_component.common import async_mock_service

import custom_components.plex_smart_scan as integration
from tests.fake_plex import samples

from .checker import english
from .conftest import Scan, SetUp

README = (Path(__file__).parents[2] / "README.md").read_text()


def labels() -> list[str]:
    """Return the English names of all fields of the forms, and of the columns of a mapping."""
    texts = english(Path(integration.__file__).parent)
    sections = texts["options"]["step"]["init"]["sections"].values()
    columns = texts["selector"]["path_mappings"]["fields"].values()
    manual: dict[str, str] = texts["config"]["step"]["manual"]["data"]
    return [
        *manual.values(),
        *(name for section in sections for name in section["data"].values()),
        *(column["name"] for column in columns),
    ]


@pytest.mark.parametrize("label", labels())
def test_fields_are_called_as_in_the_forms(label: str) -> None:
    """Every field is explained, in a table by its own name."""
    assert re.search(rf"[|*] ?{re.escape(label)} ?[|*]", README)


async def test_example_tells_of_each_file_once(hass: HomeAssistant, tv: Path, set_up: SetUp, scan: Scan) -> None:
    """The automation runs as it stands there, and a reload is no news."""
    calls = async_mock_service(hass, "notify", "notify")
    entry = await set_up()
    (example,) = re.findall(r"```yaml\n(triggers:.*?)```", README, re.DOTALL)
    automation = parse_yaml(example)
    assert isinstance(automation, dict)
    assert await async_setup_component(hass, "automation", {"automation": {"alias": "README", **automation}})

    await scan(str(samples.add_episode(tv, "Westworld", 1, 2)))
    await hass.async_block_till_done()
    assert [call.data["message"] for call in calls] == ["Westworld – S01E02 Episode 2 is ready to watch"]

    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    assert len(calls) == 1
