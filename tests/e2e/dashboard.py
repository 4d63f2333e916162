"""A dashboard for whatever entities the integration has: built from the list, no entity is known by name."""

from itertools import groupby
from operator import attrgetter
from typing import Any

from tests.e2e.api import Api
from tests.e2e.entities import Entity

URL_PATH = "plex-smart-scan"
TITLE = "Plex Smart Scan"
LOG_HOURS = 24
GRAPH_HOURS = 0.25  # a demo is young

type Card = dict[str, Any]


def dashboard(entities: list[Entity]) -> Card:
    """Return a Lovelace configuration: a column for the server, one for its numbers, one for each library."""
    servers = [entity for entity in entities if not entity.library]
    libraries = [entity for entity in entities if entity.library]
    sections = [
        *(_section(device, "mdi:plex", [*map(_tile, own), *_log(own)]) for device, own in _by_device(servers)),
        *(_section("Over time", "mdi:chart-line", graph) for graph in _graph(servers)),
        *(_section(device, "mdi:folder-play", [*map(_tile, own)]) for device, own in _by_device(libraries)),
    ]
    view = {"title": TITLE, "path": "overview", "type": "sections", "max_columns": 3, "sections": sections}
    return {"title": TITLE, "views": [view]}


def _by_device(entities: list[Entity]) -> list[tuple[str, list[Entity]]]:
    return [(device, list(own)) for device, own in groupby(entities, attrgetter("device"))]


def _section(title: str, icon: str, cards: list[Card]) -> Card:
    return {"type": "grid", "cards": [{"type": "heading", "heading": title, "icon": icon}, *cards]}


def _tile(entity: Entity) -> Card:
    nothing_to_tell = {"hide_state": True} if entity.domain == "button" else {}
    return {"type": "tile", "entity": entity.entity_id, "name": entity.name, **nothing_to_tell}


def _log(entities: list[Entity]) -> list[Card]:
    """Return a log book of what happened, or nothing where nothing happens."""
    events = [entity.entity_id for entity in entities if entity.domain == "event"]
    card = {"type": "logbook", "target": {"entity_id": events}, "hours_to_show": LOG_HOURS}
    return [card | {"grid_options": {"columns": "full", "rows": 4}}] if events else []


def _graph(entities: list[Entity]) -> list[list[Card]]:
    """Return the numbers as they change, or nothing where there are none."""
    numbers = [{"entity": entity.entity_id, "name": entity.name} for entity in entities if entity.numeric]
    card = {"type": "history-graph", "entities": numbers, "hours_to_show": GRAPH_HOURS}
    return [[card | {"grid_options": {"columns": "full"}}]] if numbers else []


async def show(api: Api, entities: list[Entity]) -> str:
    """Put the dashboard into Home Assistant's side bar and return its address."""
    await api.ask("lovelace/dashboards/create", url_path=URL_PATH, title=TITLE, icon="mdi:plex", mode="storage")
    await api.ask("lovelace/config/save", url_path=URL_PATH, config=dashboard(entities))
    return f"{api.url}/{URL_PATH}/overview"
