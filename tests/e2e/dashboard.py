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
    """Return a Lovelace configuration: a column for the server, one for what happened, one for each library."""
    servers = [entity for entity in entities if not entity.library]
    libraries = [entity for entity in entities if entity.library]
    sections = [*_devices(servers, "mdi:plex"), _activity(servers), *_devices(libraries, "mdi:folder-play")]
    view = {"title": TITLE, "path": "overview", "type": "sections", "max_columns": 3, "sections": sections}
    return {"title": TITLE, "views": [view]}


def _devices(entities: list[Entity], icon: str) -> list[Card]:
    return [
        {"type": "grid", "cards": [_heading(device, icon), *map(_tile, own)]}
        for device, own in groupby(entities, attrgetter("device"))
    ]


def _activity(entities: list[Entity]) -> Card:
    """What happened: the numbers over time and the log book, as wide as a column."""
    numbers = [{"entity": entity.entity_id, "name": entity.name} for entity in entities if entity.numeric]
    events = [entity.entity_id for entity in entities if entity.domain == "event"]
    watched = events or [entity.entity_id for entity in entities if entity.domain != "button" and not entity.numeric]
    cards: list[Card] = [_heading("What happened", "mdi:history")]
    if watched:
        cards.append({"type": "logbook", "target": {"entity_id": watched}, "hours_to_show": LOG_HOURS} | _wide(rows=4))
    if numbers:
        cards.append({"type": "history-graph", "entities": numbers, "hours_to_show": GRAPH_HOURS} | _wide())
    return {"type": "grid", "cards": cards}


def _heading(text: str, icon: str) -> Card:
    return {"type": "heading", "heading": text, "icon": icon}


def _tile(entity: Entity) -> Card:
    return {"type": "tile", "entity": entity.entity_id, "name": entity.name}


def _wide(**options: int) -> Card:
    return {"grid_options": {"columns": "full", **options}}


async def show(api: Api, entities: list[Entity]) -> str:
    """Put the dashboard into Home Assistant's side bar and return its address."""
    await api.ask("lovelace/dashboards/create", url_path=URL_PATH, title=TITLE, icon="mdi:plex", mode="storage")
    await api.ask("lovelace/config/save", url_path=URL_PATH, config=dashboard(entities))
    return f"{api.url}/{URL_PATH}/overview"
