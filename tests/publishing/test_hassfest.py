"""The texts and icons pass hassfest's schemas, and each rule fails for what it is there for."""

from collections.abc import Callable
from copy import deepcopy
import json
from typing import Any

import pytest
import voluptuous as vol

from .hassfest import ICONS, TRANSLATIONS
from .repository import COMPONENT

TEXTS = json.loads((COMPONENT / "translations" / "en.json").read_text(encoding="utf-8"))
OUR_ICONS = json.loads((COMPONENT / "icons.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("file", sorted((COMPONENT / "translations").glob("*.json")), ids=lambda file: file.stem)
def test_texts_are_valid(file: Any) -> None:
    """Every language has the structure and the texts that hassfest accepts."""
    TRANSLATIONS(json.loads(file.read_text(encoding="utf-8")))


def test_icons_are_valid() -> None:
    """The icons have the structure that hassfest accepts."""
    ICONS(OUR_ICONS)


def at(*keys: str, value: Any) -> Callable[[dict[str, Any]], None]:
    """Return a change that sets the value below these keys."""

    def change(data: dict[str, Any]) -> None:
        for key in keys[:-1]:
            data = data.setdefault(key, {})
        data[keys[-1]] = value

    return change


@pytest.mark.parametrize(
    ("spoil", "problem"),
    [
        (at("commons", value={}), "not a valid option"),
        (at("common", "text", value="See https://example.org/page"), "a URL"),
        (at("common", "text", value="See <b>this</b>"), "HTML"),
        (at("common", "text", value="The path '{path}' is missing"), "inside single quotes"),
        (at("common", "text", value="The path {0} is missing"), "no identifier"),
        (at("common", "text", value="[%key:common::config_flow::data::url%]"), "a reference"),
        (at("common", "text", value=" Text"), "outer blanks"),
        (at("config", "title", value="Plex Smart Scan"), "not a valid option"),
        (at("config", "step", "manual", "data_description", "port", value="The port."), "is not in data"),
        (at("entity", "sensor", "last_result", "state", "added", value="Added {count}"), "not supported here"),
        (at("entity", "sensor", "LastResult", value={"name": "Last result"}), "is not a translation key"),
        (at("exceptions", "odd", "text", value="Odd"), "not a valid option"),
        (at("services", "scan_path", "fields", "odd", value={"name": "Odd"}), "required key not provided"),
        (at("issues", "odd", value={"title": "Odd"}), "at least one of"),
        (at("config_subentries", "odd", value={"step": {}}), "required key not provided"),
        (at("selector", "odd", "fields", "from", value={"name": "From"}), "required key not provided"),
    ],
)
def test_invalid_text_is_detected(spoil: Callable[[dict[str, Any]], None], problem: str) -> None:
    """Each rule about texts fails for what it is there for."""
    texts = deepcopy(TEXTS)
    spoil(texts)

    with pytest.raises(vol.Invalid, match=problem):
        TRANSLATIONS(texts)


@pytest.mark.parametrize(
    ("spoil", "problem"),
    [
        (at("entity", "sensor", "odd", value={"default": "hass:odd"}), "not an icon of Material Design Icons"),
        (at("entity", "sensor", "odd", value={"default": "mdi:a", "state": {"on": "mdi:a"}}), "is the default"),
        (at("services", "odd", value="mdi:magnify"), "expected a mapping"),
    ],
)
def test_invalid_icon_is_detected(spoil: Callable[[dict[str, Any]], None], problem: str) -> None:
    """Each rule about icons fails for what it is there for."""
    icons = deepcopy(OUR_ICONS)
    spoil(icons)

    with pytest.raises(vol.Invalid, match=problem):
        ICONS(icons)
