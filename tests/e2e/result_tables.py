"""The tables that the demo prints: a result with its cost for Plex, and the states of the entities."""

from typing import Any

from tests.e2e.api import Api
from tests.e2e.console import Console, kilobytes, plural
from tests.e2e.entities import Entity
from tests.e2e.plex import Cost


def print_result(show: Console, result: dict[str, Any], cost: Cost) -> None:
    """Print a result, and what it cost Plex."""
    scanned = [folder for library in result["libraries"] for folder in library["scanned"]]
    show.table(
        [
            ("outcome", result["outcome"]),
            ("message", result["message"]),
            ("scanned", ", ".join(scanned) or "nothing"),
            ("in Plex", ", ".join(str(item["title"]) for item in result["items"]) or "nothing"),
            ("duration", f"{result['elapsed']:.2f} s"),
            ("Plex read", f"{plural(cost.folders_listed, 'folder')}, {plural(cost.files_examined, 'file')}"),
            ("requests to Plex", f"{cost.requests}, {kilobytes(cost.bytes_sent)} received"),
        ]
    )


async def print_states(show: Console, api: Api, entities: list[Entity]) -> None:
    """Print the entities as Home Assistant's pages show them: rounded, with units, in words."""
    shown = [entity for entity in entities if entity.domain != "button"]
    states = (await api.render("\n".join(map(_template, shown)))).split("\n")
    show.table([(f"{each.device}: {each.name}", state) for each, state in zip(shown, states, strict=True)])


def _template(entity: Entity) -> str:
    """Return a template of the state as a page shows it."""
    name = f"'{entity.entity_id}'"
    if entity.timestamp:
        return f"{{{{ as_timestamp(states({name}), none) | timestamp_custom('%H:%M:%S', default='unknown') }}}}"
    if entity.numeric:
        return f"{{{{ states({name}, rounded=True, with_unit=True) }}}}"
    return f"{{{{ state_translated({name}) }}}}"
