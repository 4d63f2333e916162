"""docs/actions.md matches the fields, responses and reasons of the actions."""

from pathlib import Path
import re
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.util.yaml import load_yaml_dict, parse_yaml
import pytest

import custom_components.plex_smart_scan as integration
from custom_components.plex_smart_scan.const import DOMAIN
from custom_components.plex_smart_scan.scanner import Reason

from .conftest import Scan, SetUp

PAGE = (Path(__file__).parents[2] / "docs" / "actions.md").read_text(encoding="utf-8")
EPISODE = "Westworld/Season 01/Westworld - S01E01.mkv"
ACTIONS = load_yaml_dict(str(Path(integration.__file__).parent / "services.yaml"))


def section(heading: str) -> str:
    """Return the text below a heading."""
    return PAGE.split(f"## {heading}\n")[1].split("\n## ")[0]


def documented(heading: str) -> Any:
    """Return the response that a section shows."""
    (text,) = re.findall(r"```yaml\n(results:.*?)```", section(heading), re.DOTALL)
    return parse_yaml(text)


@pytest.mark.parametrize(("heading", "action"), [("Scan path", "scan_path"), ("Resolve path", "resolve_path")])
def test_all_fields_are_documented(heading: str, action: str) -> None:
    """Each field of the form has a line in the table, and the other way round."""
    fields: dict[str, Any] = ACTIONS[action]["fields"]
    names = {name for key, field in fields.items() for name in field.get("fields", [key])}

    assert set(re.findall(r"^\| `(\w+)` \|", section(heading), re.MULTILINE)) == names


async def test_response_of_scan_path_is_documented(tv: Path, set_up: SetUp, scan: Scan) -> None:
    """The page shows every key of the response."""
    await set_up()
    shown = documented("Scan path")

    response = await scan(str(tv / EPISODE), force=True)

    assert response.keys() == shown.keys()
    (result,), (example,) = response["results"], shown["results"]
    assert result.keys() == example.keys()
    for part in ("items", "libraries"):
        assert result[part][0].keys() == example[part][0].keys()
    assert result["timings"].keys() == example["timings"].keys()


async def test_response_of_resolve_path_is_documented(hass: HomeAssistant, tv: Path, set_up: SetUp) -> None:
    """The page shows every key of the response."""
    await set_up(path_mappings=[{"from": "/downloads", "to": str(tv)}])
    shown = documented("Resolve path")
    path = f"/downloads/{EPISODE}"

    response: Any = await hass.services.async_call(
        DOMAIN, "resolve_path", {"path": path}, blocking=True, return_response=True
    )

    (result,), (example,) = response["results"], shown["results"]
    assert result.keys() == example.keys()
    assert result["mapping"].keys() == example["mapping"].keys()
    assert result["libraries"][0].keys() == example["libraries"][0].keys()


def test_all_reasons_are_documented() -> None:
    """The table of reasons has a line for every reason, and for nothing else."""
    written = re.findall(r"^\| [^|]+ \| `(\w+)` \|", section("Reasons"), re.MULTILINE)

    assert set(written) == {reason.value for reason in Reason}
