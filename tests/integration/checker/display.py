"""Checks of the actions, the entities and the icons."""

from collections.abc import Iterator
from functools import cache
import importlib
from pathlib import Path
from typing import Any, Final

from homeassistant.helpers.selector import validate_selector
from homeassistant.helpers.service import _SERVICES_SCHEMA
from homeassistant.util.yaml import load_yaml_dict
import voluptuous as vol

from .reading import PACKAGE, Problems, constants, english, flat, read_json

_ACTIONS: Final = {"discard_pending", "process_notification", "resolve_path", "scan_path"}


_LIST_ACTIONS, _LISTS = {"resolve_path", "scan_path"}, {"path", "library"}  # fields that take one text or several


def check_actions(folder: Path) -> Problems:
    """Every action is described, field by field, with selectors, texts and icons."""
    try:
        actions = _SERVICES_SCHEMA(load_yaml_dict(str(folder / "services.yaml")))
    except vol.Invalid as error:
        yield f"actions: {error}"
        return
    texts, icons = english(folder)["services"], read_json(folder / "icons.json")["services"]
    registered = {text for text in constants(folder) if text in _ACTIONS}
    for name in registered ^ actions.keys():
        yield f"actions: {name} is not described, or not registered"
    for name in actions.keys() ^ texts.keys() | actions.keys() ^ icons.keys():
        yield f"actions: {name} has no text or icon, or they are not used"
    for name, action in actions.items():
        yield from _check_action(name, action or {}, texts.get(name, {}), icons.get(name, {}))


def _check_action(name: str, action: dict[str, Any], texts: dict[str, Any], icons: dict[str, Any]) -> Problems:
    fields: dict[str, Any] = {}
    sections = set()
    for key, field in action.get("fields", {}).items():
        if "fields" in field:
            sections.add(key)
            fields |= field["fields"]
        else:
            fields[key] = field
    for key, field in fields.items():
        validate_selector(field["selector"])
        if name in _LIST_ACTIONS and key in _LISTS and field["selector"].get("text", {}).get("multiple") is not True:
            yield f"actions: {name}.{key} is no list of texts"
        if not {"name", "description"} <= texts.get("fields", {}).get(key, {}).keys():
            yield f"actions: {name}.{key} has no name or no description"
    for key in texts.get("fields", {}).keys() - fields.keys():
        yield f"actions: {name}.{key} has a text, but is no field"
    for key in sections ^ texts.get("sections", {}).keys() | sections ^ icons.get("sections", {}).keys():
        yield f"actions: the section {name}.{key} has no text or icon"
    if not {"name", "description"} <= texts.keys():
        yield f"actions: {name} has no name or no description"


def _descriptions() -> Iterator[tuple[str, Any]]:
    modules = {
        name: importlib.import_module(f"{PACKAGE}.{name}") for name in ("binary_sensor", "button", "event", "sensor")
    }
    downloaders = importlib.import_module(f"{PACKAGE}.arr.entities")
    yield from (("sensor", each) for each in (*modules["sensor"].SERVER_SENSORS, *modules["sensor"].LIBRARY_SENSORS))
    yield from (("binary_sensor", each) for each in modules["binary_sensor"].SERVER_BINARY_SENSORS)
    yield from (("sensor", each) for each in downloaders.DOWNLOADER_SENSORS)
    yield "binary_sensor", modules["binary_sensor"].LIBRARY_SCANNING
    yield "binary_sensor", downloaders.DOWNLOADER_CONNECTED
    yield from (("button", each) for each in (modules["button"].RETRY_PENDING, modules["button"].SCAN_LIBRARY))
    yield "event", modules["event"].SCAN


def check_entities(folder: Path) -> Problems:
    """Every entity has a name and an icon, every state a text, and nothing else has; no number counts in nouns."""
    texts, icons = english(folder)["entity"], read_json(folder / "icons.json")["entity"]
    used: set[tuple[str, str]] = set()
    for platform, each in _descriptions():
        key = each.translation_key
        if key is None:
            if each.device_class is None:
                yield f"entities: {platform}.{each.key} has neither a name nor a class"
            continue
        used.add((platform, key))
        text = texts.get(platform, {}).get(key, {})
        if "name" not in text:
            yield f"entities: {platform}.{key} has no name"
        if "default" not in icons.get(platform, {}).get(key, {}):
            yield f"entities: {platform}.{key} has no icon"
        options = getattr(each, "options", None)
        if options is not None and set(options) != text.get("state", {}).keys():
            yield f"entities: the states of {platform}.{key} have no text, or their text is not used"
        if "unit_of_measurement" in text:
            yield f"entities: {platform}.{key} has a unit that is a noun: it reads wrong for 1"
    written = {(platform, key) for source in (texts, icons) for platform, keys in source.items() for key in keys}
    for platform, key in written - used:
        yield f"entities: {platform}.{key} is no entity"


@cache
def _known_icons() -> frozenset[str]:
    import hass_frontend  # noqa: PLC0415 - only this check needs it

    file = Path(hass_frontend.__file__).parent / "static" / "mdi" / "iconList.json"
    return frozenset(each["name"] for each in read_json(file))


def check_icons(folder: Path) -> Problems:
    """Every icon exists, and none of a state is the default's."""
    icons = read_json(folder / "icons.json")
    for key, icon in flat(icons).items():
        if not icon.startswith("mdi:") or icon.removeprefix("mdi:") not in _known_icons():
            yield f"icons: {icon} of {key} does not exist"
    for platform, keys in icons["entity"].items():
        for key, each in keys.items():
            if each["default"] in each.get("state", {}).values():
                yield f"icons: a state of {platform}.{key} has the default's icon"
