"""The README: its example works, its tables are complete, and it uses the names in the user interface."""

from itertools import takewhile
from pathlib import Path
import re

from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from homeassistant.util.yaml import load_yaml_dict, parse_yaml
import pytest
from pytest_homeassistant_custom_component.common import async_mock_service

import custom_components.plex_smart_scan as integration
from custom_components.plex_smart_scan.const import DEFAULT_OPTIONS
from custom_components.plex_smart_scan.scanner import Outcome, Reason
from tests.fake_plex import samples

from .checker import english
from .conftest import Scan, SetUp

FOLDER = Path(integration.__file__).parent
README = (Path(__file__).parents[2] / "README.md").read_text()


def labels() -> list[str]:
    """Return the English names of all fields of the forms, and of the columns of a mapping."""
    texts = english(FOLDER)
    sections = texts["options"]["step"]["init"]["sections"].values()
    columns = texts["selector"]["path_mappings"]["fields"].values()
    manual: dict[str, str] = texts["config"]["step"]["manual"]["data"]
    return [
        *manual.values(),
        *(name for section in sections for name in section["data"].values()),
        *(column["name"] for column in columns),
    ]


@pytest.mark.parametrize("label", labels())
def test_field_names_match_the_forms(label: str) -> None:
    """Every field is explained, in a table by its own name."""
    assert re.search(rf"[|*] ?{re.escape(label)} ?[|*]", README)


async def test_example_notifies_once_for_each_file(hass: HomeAssistant, tv: Path, set_up: SetUp, scan: Scan) -> None:
    """The documented automation works unchanged, and a reload does not trigger it."""
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


def table(heading: str) -> list[list[str]]:
    """Return the rows of the first table after a text."""
    lines = README[README.index(heading) :].splitlines()
    first = next(number for number, line in enumerate(lines) if line.startswith("|---"))
    rows = takewhile(lambda line: line.startswith("|"), lines[first + 1 :])
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]


def in_code(text: str) -> set[str]:
    """Return what stands between backticks."""
    return set(re.findall(r"`([^`]+)`", text))


def test_all_outcomes_are_documented() -> None:
    """The table of outcomes has every outcome and every reason."""
    rows = table("| outcome | meaning |")

    assert set().union(*(in_code(row[0]) for row in rows)) == {outcome.value for outcome in Outcome}
    assert {reason.value for reason in Reason} <= set().union(*(in_code(row[1]) for row in rows))


def test_all_fields_of_scan_path_are_documented() -> None:
    """The table of fields has every field of the action."""
    assert set().union(*(in_code(row[0]) for row in table("| field of `scan_path` |"))) == fields_of("scan_path")


def fields_of(action: str) -> set[str]:
    """Return the fields of an action, those in sections included."""
    described = load_yaml_dict(str(FOLDER / "services.yaml"))[action]["fields"]
    return {name for key, field in described.items() for name in field.get("fields", {key: field})}


def test_all_actions_are_documented() -> None:
    """Every action is explained."""
    for action in load_yaml_dict(str(FOLDER / "services.yaml")):
        assert re.search(rf"`{action}`", README), action


def test_documented_defaults_are_correct() -> None:
    """The table of options has the defaults of a new entry."""
    texts = english(FOLDER)["options"]["step"]["init"]["sections"]
    labels_by_key = {key: label for section in texts.values() for key, label in section["data"].items()}
    written = {row[0]: row[1] for row in table("| option | default |")}

    shown: dict[object, str] = {True: "on", False: "off", 120: "120 s"}
    expected = {label: shown[value] for key, label in labels_by_key.items() if (value := DEFAULT_OPTIONS[key]) != []}
    assert written == expected | {labels_by_key["path_mappings"]: "–"}


def test_documented_entity_names_exist() -> None:
    """Every entity that the tables name exists under that name."""
    texts = english(FOLDER)["entity"]
    names = {entity["name"] for entities in texts.values() for entity in entities.values() if "name" in entity}
    written = {
        name
        for heading in ("| Server |", "| Each library |", "| Each connected downloader |")
        for row in table(heading)
        for name in re.findall(r"\*([^*]+)\*", row[0])
    }

    assert written - {"Connectivity"} <= names
