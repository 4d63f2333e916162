"""The demo's dashboard: the very YAML of docs/dashboard.md, for the names that the entities have here."""

from collections.abc import Iterator
from pathlib import Path
import re
from typing import Any

from homeassistant.util.yaml import parse_yaml

from tests.e2e.api import Api

PAGE = Path(__file__).parents[2] / "docs" / "dashboard.md"
URL_PATH = "plex-smart-scan"
TITLE = "Plex Smart Scan"
SERVER = "living_room"  # the server in the page's example

type Card = dict[str, Any]


def written(server: str = SERVER) -> Card:
    """Return the configuration as it stands in the page, with the name of another server in its entities."""
    (text,) = re.findall(r"```yaml\n(title: .*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    configuration = parse_yaml(text.replace(f"{SERVER}_", f"{server}_"))
    assert isinstance(configuration, dict)
    return configuration


def fitted(configuration: Card, entity_ids: set[str]) -> Card:
    """Remove the sections for missing entities, as the page tells its readers to do."""
    views = [
        {**view, "sections": [each for each in view["sections"] if set(entities_in(each)) <= entity_ids]}
        for view in configuration["views"]
    ]
    return {**configuration, "views": views}


def entities_in(part: Any) -> Iterator[str]:
    """Find the entities that a part of a configuration names, in its templates too."""
    if isinstance(part, dict):
        for value in part.values():
            yield from entities_in(value)
    elif isinstance(part, list):
        for value in part:
            yield from entities_in(value)
    elif isinstance(part, str):
        yield from re.findall(r"\b(?:sensor|binary_sensor|button|event)\.\w+", part)


async def show(api: Api, entity_ids: set[str], server: str = SERVER) -> str:
    """Put the dashboard into Home Assistant's side bar and return its address."""
    await api.ask("lovelace/dashboards/create", url_path=URL_PATH, title=TITLE, icon="mdi:plex", mode="storage")
    await api.ask("lovelace/config/save", url_path=URL_PATH, config=fitted(written(server), entity_ids))
    return f"{api.url}/{URL_PATH}/overview"
