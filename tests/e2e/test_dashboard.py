"""The demo's dashboard copes with whatever entities there are."""

from collections import Counter
from typing import Any

import pytest

from tests.e2e.dashboard import dashboard
from tests.e2e.entities import Entity, join

DEVICES = [
    {"id": "server", "name": "Living room", "name_by_user": None, "parent_device_id": None, "via_device_id": None},
    {"id": "tv", "name": "TV Shows", "name_by_user": "Series", "parent_device_id": "server", "via_device_id": None},
    {"id": "films", "name": "Films", "name_by_user": None, "parent_device_id": "server", "via_device_id": None},
]


def row(entity_id: str, device_id: str, name: str | None = None, **changes: Any) -> dict[str, Any]:
    """Return an entity as the registry lists it."""
    plain = {"name": None, "original_name": name, "hidden_by": None, "entity_category": None}
    return {"entity_id": entity_id, "device_id": device_id, **plain, **changes}


def state(entity_id: str, value: str, **attributes: str) -> dict[str, Any]:
    """Return a state as Home Assistant lists it."""
    return {"entity_id": entity_id, "state": value, "attributes": attributes}


REGISTRY = [
    row("button.scan", "tv", "Scan library"),
    row("sensor.storage", "tv", "Storage", entity_category="diagnostic"),
    row("sensor.episodes", "tv", "Episodes"),
    row("sensor.movies", "films", "Movies"),
    row("event.scan", "server", "Scan"),
    row("sensor.version", "server", "Version", entity_category="diagnostic"),
    row("sensor.done", "server", "Scans done"),
    row("binary_sensor.new_kind", "server"),
    row("sensor.hidden", "server", "Hidden", hidden_by="user"),
    row("sensor.disabled", "server", "Disabled"),
]
STATES = [
    *(state(one["entity_id"], "1") for one in REGISTRY if one["entity_id"] not in ("sensor.done", "sensor.disabled")),
    state("sensor.done", "3", state_class="total", unit_of_measurement="scans"),
]


@pytest.fixture(name="entities")
def joined_entities() -> list[Entity]:
    """Return what the registries and the states above make together."""
    return join(REGISTRY, DEVICES, STATES)


def test_entities_are_listed_server_first(entities: list[Entity]) -> None:
    """What matters comes first; hidden and disabled ones do not come at all."""
    assert [(entity.device, entity.name) for entity in entities] == [
        ("Living room", "Scans done"),
        ("Living room", "Living room"),
        ("Living room", "Scan"),
        ("Living room", "Version"),
        ("Films", "Movies"),
        ("Series", "Episodes"),
        ("Series", "Storage"),
        ("Series", "Scan library"),
    ]


def test_every_entity_has_one_tile_below_its_device(entities: list[Entity]) -> None:
    """Nothing is forgotten, nothing is shown twice."""
    sections = dashboard(entities)["views"][0]["sections"]
    tiles = Counter(
        (section["cards"][0]["heading"], card["entity"])
        for section in sections
        for card in section["cards"]
        if card["type"] == "tile"
    )
    assert tiles == Counter((entity.device, entity.entity_id) for entity in entities)


def test_numbers_are_drawn_and_events_logged(entities: list[Entity]) -> None:
    """The server's numbers make a graph, its events a log book."""
    cards = [card for section in dashboard(entities)["views"][0]["sections"] for card in section["cards"]]
    graphs = [card["entities"] for card in cards if card["type"] == "history-graph"]
    logs = [card["target"]["entity_id"] for card in cards if card["type"] == "logbook"]
    assert graphs == [[{"entity": "sensor.done", "name": "Scans done"}]]
    assert logs == [["event.scan"]]


def test_a_dashboard_without_entities() -> None:
    """An integration may have none yet."""
    assert dashboard([])["views"][0]["sections"] == []
