"""hassfest's schemas for a custom integration's translations and icons, restated for the parts that we use.

Source: `script/hassfest/translations.py` and `script/hassfest/icons.py` of home-assistant/core, read in 2026. Only the
English texts are validated there; the other languages have the same keys (`tests/integration/checker.py`).
"""

import re
import string
from typing import Any, Final

import homeassistant.helpers.config_validation as cv
import voluptuous as vol

_KEY: Final = re.compile(r"(?!.+[_-]{2})(?![_-])[a-z0-9-_]+(?<![_-])")
_URL: Final = re.compile(
    r"(?:(?:ftps?|scp|https?|mqtts?|socket|socks5)://|www\.)[a-z0-9]+(?:[-.][a-z0-9]+)*\.[a-z]{2,5}", re.IGNORECASE
)


def translation_key(value: str) -> str:
    """Validate a key: lower case, digits and single separators, none of them at an end."""
    if not _KEY.fullmatch(value):
        message = f"{value} is not a translation key"
        raise vol.Invalid(message)
    return value


def text(value: Any) -> str:
    """Validate a text: no HTML, URL, reference, outer blanks, or quoted or odd placeholders."""
    valid: str = cv.string_with_no_html(value)
    names = [name for _, name, _, _ in string.Formatter().parse(valid) if name]
    problems = {
        "placeholders inside single quotes": re.search(r"'{\w+}'", valid),
        "a placeholder that is no identifier": any(not name.isidentifier() for name in names),
        "a reference": re.search(r"\[%|%\]", valid),
        "outer blanks": valid != valid.strip(),
        "a URL": _URL.search(valid),
    }
    for problem, found in problems.items():
        if found:
            message = f"the text has {problem}"
            raise vol.Invalid(message)
    return valid


def fixed_text(value: Any) -> str:
    """Validate a text that cannot have placeholders."""
    valid = text(value)
    if "{" in valid:
        message = "the text has placeholders, which are not supported here"
        raise vol.Invalid(message)
    return valid


def _keyed(schema: Any) -> Any:
    return vol.Schema({translation_key: schema})


_FIELDS: Final = {
    vol.Optional("name"): text,
    vol.Optional("description"): text,
    vol.Optional("data"): {str: text},
    vol.Optional("data_description"): {str: text},
}
_STEP: Final = {
    vol.Optional("title"): text,
    vol.Optional("description"): text,
    vol.Optional("data"): {str: text},
    vol.Optional("data_description"): {str: text},
    vol.Optional("menu_options"): {str: text},
    vol.Optional("menu_option_descriptions"): {str: text},
    vol.Optional("submit"): text,
    vol.Optional("sections"): {str: _FIELDS},
}


def _described_fields_exist(flow: dict[str, Any]) -> dict[str, Any]:
    """Validate that only fields of a step are described."""
    for name, step in flow["step"].items():
        for key in step.get("data_description", {}).keys() - step.get("data", {}).keys():
            message = f"data_description key {key} of step {name} is not in data"
            raise vol.Invalid(message)
    return flow


def _flow(**more: Any) -> Any:
    return vol.All(
        vol.Schema(
            {
                vol.Optional("flow_title"): text,
                vol.Required("step"): {str: _STEP},
                vol.Optional("error"): {str: text},
                vol.Optional("abort"): {str: text},
                vol.Optional("progress"): {str: text},
                vol.Optional("create_entry"): {str: text},
                **{vol.Required(key): value for key, value in more.items()},
            }
        ),
        _described_fields_exist,
    )


_ACTION: Final = {
    vol.Required("name"): text,
    vol.Required("description"): text,
    vol.Optional("fields"): _keyed(
        {vol.Required("name"): str, vol.Required("description"): text, vol.Optional("example"): text}
    ),
    vol.Optional("sections"): _keyed({vol.Required("name"): str, vol.Optional("description"): text}),
}
_ENTITY: Final = {
    vol.Optional("name"): text,
    vol.Optional("state"): _keyed(fixed_text),
    vol.Optional("state_attributes"): _keyed(
        {vol.Optional("name"): fixed_text, vol.Optional("state"): _keyed(fixed_text)}
    ),
    vol.Optional("unit_of_measurement"): fixed_text,
}
_ISSUE: Final = vol.All(
    cv.has_at_least_one_key("description", "fix_flow"),
    vol.Schema(
        {
            vol.Required("title"): text,
            vol.Exclusive("description", "fixable"): text,
            vol.Exclusive("fix_flow", "fixable"): _flow(),
        }
    ),
)
_SELECTOR: Final = {
    vol.Optional("options"): _keyed(text),
    vol.Optional("fields"): _keyed({vol.Required("name"): str, vol.Required("description"): text}),
}
_AUTOMATION_PART: Final = {
    vol.Required("name"): text,
    vol.Required("description"): text,
    vol.Optional("fields"): _keyed({vol.Required("name"): str, vol.Required("description"): text}),
}

TRANSLATIONS: Final = vol.Schema(
    {
        vol.Optional("title"): text,
        vol.Required("config"): _flow(),
        vol.Optional("config_subentries"): _keyed(
            _flow(entry_type=text, initiate_flow={vol.Required("user"): text, str: text})
        ),
        vol.Required("options"): _flow(),
        vol.Optional("selector"): _keyed(_SELECTOR),
        vol.Optional("system_health"): {vol.Optional("info"): _keyed(text)},
        vol.Required("issues"): {str: _ISSUE},
        vol.Optional("device"): _keyed({vol.Optional("name"): text}),
        vol.Required("entity"): vol.Schema({cv.slug: _keyed(_ENTITY)}),
        vol.Required("exceptions"): vol.Schema({cv.slug: {vol.Optional("message"): text}}),
        vol.Required("services"): _keyed(_ACTION),
        vol.Optional("triggers"): _keyed(_AUTOMATION_PART),
        vol.Optional("conditions"): _keyed(_AUTOMATION_PART),
        vol.Optional("common"): vol.Schema({cv.slug: text}),
    }
)


def _icon(value: Any) -> str:
    valid: str = cv.string_with_no_html(value)
    if not valid.startswith("mdi:"):
        message = f"{valid} is not an icon of Material Design Icons"
        raise vol.Invalid(message)
    return valid


def _states_differ(entity: dict[str, Any]) -> dict[str, Any]:
    """Validate that no state repeats the default icon."""
    for state, icon in entity.get("state", {}).items():
        if icon == entity.get("default"):
            message = f"the icon of the state {state} is the default"
            raise vol.Invalid(message)
    return entity


_ENTITY_ICON: Final = vol.All(
    vol.Schema(
        {
            vol.Optional("default"): _icon,
            vol.Optional("state"): _keyed(_icon),
            vol.Optional("range"): {str: _icon},
            vol.Optional("state_attributes"): _keyed(
                {vol.Optional("default"): _icon, vol.Optional("state"): _keyed(_icon)}
            ),
        }
    ),
    _states_differ,
)

ICONS: Final = vol.Schema(
    {
        vol.Required("entity"): vol.Schema({cv.slug: _keyed(_ENTITY_ICON)}),
        vol.Optional("services"): _keyed(
            {vol.Required("service"): _icon, vol.Optional("sections"): _keyed(_icon)},
        ),
        vol.Optional("triggers"): _keyed({vol.Required("trigger"): _icon}),
        vol.Optional("conditions"): _keyed({vol.Required("condition"): _icon}),
    }
)
