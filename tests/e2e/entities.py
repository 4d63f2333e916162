"""The integration's entities, as a running Home Assistant lists them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from tests.e2e.api import Api

# Readings first, then what happens.
DOMAINS = ("sensor", "binary_sensor", "event")


@dataclass(frozen=True)
class Entity:
    """An entity in use, with what the dashboard and the demo's output need of it."""

    entity_id: str
    name: str
    device: str
    library: bool  # belongs to a library, not to the server as a whole
    state: str
    unit: str | None
    numeric: bool
    timestamp: bool
    diagnostic: bool

    @property
    def domain(self) -> str:
        """Return what kind of entity it is."""
        return self.entity_id.partition(".")[0]


def join(
    registry: Iterable[Mapping[str, Any]], devices: Iterable[Mapping[str, Any]], states: Iterable[Mapping[str, Any]]
) -> list[Entity]:
    """Put together what the registries and the states say, in the order in which it is best shown."""
    by_id = {device["id"]: device for device in devices}
    states_by_id = {state["entity_id"]: state for state in states}
    entities = [
        _entity(row, by_id[row["device_id"]], states_by_id[row["entity_id"]])
        for row in registry
        if row["entity_id"] in states_by_id and row["device_id"] in by_id and not row["hidden_by"]
    ]
    return sorted(entities, key=_rank)


def _entity(row: Mapping[str, Any], device: Mapping[str, Any], state: Mapping[str, Any]) -> Entity:
    device_name = device["name_by_user"] or device["name"]
    attributes = state["attributes"]
    return Entity(
        entity_id=row["entity_id"],
        name=row["name"] or row["original_name"] or device_name,
        device=device_name,
        library=bool(device.get("parent_device_id") or device["via_device_id"]),
        state=state["state"],
        unit=attributes.get("unit_of_measurement"),
        numeric="state_class" in attributes,
        timestamp=attributes.get("device_class") == "timestamp" or row["entity_id"].startswith("event."),
        diagnostic=row["entity_category"] is not None,
    )


def _rank(entity: Entity) -> tuple[bool, str, bool, bool, int]:
    """Server before libraries, buttons last, main before diagnostic; otherwise as Home Assistant lists them."""
    kind = DOMAINS.index(entity.domain) if entity.domain in DOMAINS else len(DOMAINS)
    return entity.library, entity.device, entity.domain == "button", entity.diagnostic, kind


async def entities_of(api: Api, platform: str) -> list[Entity]:
    """Ask Home Assistant for all entities of one integration."""
    registry = await api.ask("config/entity_registry/list")
    devices = await api.ask("config/device_registry/list")
    states = await api.get("/api/states")
    return join([row for row in registry if row["platform"] == platform], devices, states)


async def nothing_pending(api: Api) -> Literal[True] | None:
    """Return whether the server has no pending path left."""
    states = {state["entity_id"]: state["state"] for state in await api.get("/api/states")}
    return True if states.get("sensor.living_room_pending_paths") == "0" else None
