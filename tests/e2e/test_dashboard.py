"""The dashboard of docs/dashboard.md names what there is, and shows it as a reader expects."""

from itertools import product
from pathlib import Path
import re
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers.template import Template
import pytest

from tests.e2e.dashboard import entities_in, fitted, written

STANDARD_CARDS = {"button", "grid", "heading", "markdown", "statistics-graph", "tile"}


def cards(section: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the cards of a section."""
    found: list[dict[str, Any]] = section["cards"]
    return found


def sections() -> list[dict[str, Any]]:
    """Return the sections of the page's configuration."""
    (view,) = written()["views"]
    found: list[dict[str, Any]] = view["sections"]
    return found


def template(entity_id: str) -> str:
    """Return the template of the markdown card about an entity."""
    (found,) = (
        card["content"] for section in sections() for card in cards(section) if entity_id in card.get("content", "")
    )
    return str(found)


def test_dashboard_uses_standard_cards_only() -> None:
    """The dashboard needs no custom cards."""
    assert {card["type"] for section in sections() for card in cards(section)} <= STANDARD_CARDS


def test_sections_without_entities_are_removed() -> None:
    """A server with another name, and without movies and downloaders, has the other sections."""
    others = {each for each in entities_in(written("attic")) if "movies" not in each and "sonarr" not in each}

    (view,) = fitted(written("attic"), others)["views"]

    headings = [cards(section)[0]["heading"] for section in view["sections"]]
    assert headings == ["Now", "Last results", "TV Shows"]
    assert all(".attic_" in each for each in entities_in(view))


ROW = {
    "time": "2026-11-26T08:05:00+00:00",
    "outcome": "added",
    "title": "Westworld – S01E02 | *Chestnut* <b>",
    "library": "TV Shows",
    "path": "/tv/x.mkv",
    "message": "Added to TV Shows after scanning 1 folder",
    "seconds": 0.8,
}


async def test_results_are_a_table_with_escaped_text(hass: HomeAssistant) -> None:
    """Each result is one row; text from outside is shown unchanged."""
    await hass.config.async_set_time_zone("UTC")
    hass.states.async_set("sensor.living_room_last_result", "added", {"recent": [ROW] * 12})

    lines = Template(template("last_result"), hass).async_render().splitlines()

    assert lines[:2] == ["| | Result | Time |", "|:-:|:-|-:|"]
    assert len(lines) == 10
    assert lines[2] == (
        '| <ha-icon icon="mdi:plus-circle"></ha-icon> | **Westworld – S01E02 \\| \\*Chestnut\\* \\<b\\>**'
        "<br>Added to TV Shows after scanning 1 folder | 08:05 |"
    )


@pytest.mark.parametrize("attributes", [{}, {"recent": []}, {"recent": None}])
async def test_card_without_results_says_so(hass: HomeAssistant, attributes: dict[str, Any]) -> None:
    """The card says so."""
    hass.states.async_set("sensor.living_room_last_result", "unknown", attributes)

    assert Template(template("last_result"), hass).async_render() == "Nothing has been scanned yet."


async def test_pending_card_shows_the_first_requests_with_reasons(hass: HomeAssistant) -> None:
    """The first ones with their reasons, and how many more there are."""
    waiting = [{"title": f"S01E0{n}.mkv", "message": "The server is unreachable"} for n in range(7)]
    hass.states.async_set("sensor.living_room_pending_paths", "7", {"waiting": waiting})

    lines = Template(template("'waiting'"), hass).async_render().splitlines()

    assert lines[0] == "- **S01E00.mkv**: The server is unreachable"
    assert lines[-1] == "… and 2 more."
    assert len([line for line in lines if line.startswith("- ")]) == 5


async def test_pending_card_without_requests_says_so(hass: HomeAssistant) -> None:
    """The card says so."""
    hass.states.async_set("sensor.living_room_pending_paths", "0")

    assert Template(template("'waiting'"), hass).async_render() == "Nothing is waiting."


def test_every_picture_exists_and_is_used() -> None:
    """Every picture is used, and every used picture exists."""
    root = Path(__file__).parents[2]
    pages = [root / "README.md", *(root / "docs").rglob("*.md")]
    shown = {name for page in pages for name in re.findall(r"images/([\w-]+\.png)", page.read_text(encoding="utf-8"))}

    assert shown == {picture.name for picture in (root / "docs" / "images").iterdir()}
    for device, theme in product(("desktop", "phone"), ("light", "dark")):
        assert f"dashboard-{device}-{theme}.png" in shown
