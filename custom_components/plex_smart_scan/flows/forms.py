"""The forms of the config flow: fields, selectors and sections."""

from collections.abc import Mapping
from typing import Any, Final

from homeassistant.const import CONF_TOKEN, CONF_URL, CONF_VERIFY_SSL
from homeassistant.data_entry_flow import section
from homeassistant.helpers.selector import (
    BooleanSelector,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    ObjectSelector,
    ObjectSelectorConfig,
    ObjectSelectorField,
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)
import voluptuous as vol

from ..const import (
    CONF_DETAILED_LOGGING,
    CONF_DUPLICATE_DETECTION,
    CONF_FROM,
    CONF_LOCAL,
    CONF_PATH_MAPPINGS,
    CONF_SMART_SCANNING,
    CONF_TO,
    CONF_VALIDATE_MEDIA,
    CONF_VALIDATION_TIMEOUT,
    CONF_WEBHOOK_LOCAL_ONLY,
)
from ..scanner import log_safe
from ..sender_scripts import PROGRAMS

CONF_SCRIPT: Final = "script"
CONF_SERVER: Final = "server"

SECTION_SCANNING: Final = "scanning"
SECTION_MAPPINGS: Final = "mappings"
SECTION_NOTIFICATIONS: Final = "notifications"

URL_SELECTOR: Final = TextSelector(TextSelectorConfig(type=TextSelectorType.URL))
_SECRET_SELECTOR: Final = TextSelector(TextSelectorConfig(type=TextSelectorType.PASSWORD, autocomplete="off"))


def connection_schema(secret: str, *, secret_required: bool = True) -> vol.Schema:
    """Return the fields of a connection: the URL, a secret (its key) and the certificate verification."""
    secret_key = vol.Required(secret) if secret_required else vol.Optional(secret)
    return vol.Schema(
        {
            vol.Required(CONF_URL): URL_SELECTOR,
            secret_key: _SECRET_SELECTOR,
            vol.Required(CONF_VERIFY_SSL, default=True): BooleanSelector(),
        }
    )


def select_from_list(options: list[SelectOptionDict], *, multiple: bool = False) -> SelectSelector:
    """Return a selector that shows all options as a list."""
    return SelectSelector(SelectSelectorConfig(options=options, multiple=multiple, mode=SelectSelectorMode.LIST))


MANUAL_SCHEMA: Final = connection_schema(CONF_TOKEN)
RECONFIGURE_SCHEMA: Final = connection_schema(CONF_TOKEN, secret_required=False)
ADDRESS_SCHEMA: Final = vol.Schema(
    {
        vol.Required(CONF_URL): URL_SELECTOR,
        vol.Required(CONF_VERIFY_SSL, default=True): BooleanSelector(),
    }
)
TOKEN_SCHEMA: Final = vol.Schema({vol.Required(CONF_TOKEN): _SECRET_SELECTOR})
SCRIPT_SCHEMA: Final = vol.Schema(
    {
        vol.Required(CONF_SCRIPT): SelectSelector(
            SelectSelectorConfig(
                options=list(PROGRAMS), mode=SelectSelectorMode.DROPDOWN, translation_key="sender_script"
            )
        )
    }
)
_COLUMNS: Final[dict[str, ObjectSelectorField]] = {
    CONF_FROM: {"selector": TextSelector(), "required": True},
    CONF_TO: {"selector": TextSelector(), "required": True},
    CONF_LOCAL: {"selector": TextSelector()},
}
OPTIONS_SCHEMA: Final = vol.Schema(
    {
        vol.Required(SECTION_SCANNING): section(
            vol.Schema(
                {
                    vol.Required(CONF_SMART_SCANNING): BooleanSelector(),
                    vol.Required(CONF_DUPLICATE_DETECTION): BooleanSelector(),
                    vol.Required(CONF_VALIDATE_MEDIA): BooleanSelector(),
                    vol.Required(CONF_VALIDATION_TIMEOUT): vol.All(
                        NumberSelector(
                            NumberSelectorConfig(
                                min=5, max=3600, step=1, mode=NumberSelectorMode.BOX, unit_of_measurement="s"
                            )
                        ),
                        vol.Coerce(int),
                    ),
                    vol.Required(CONF_DETAILED_LOGGING): BooleanSelector(),
                }
            )
        ),
        vol.Required(SECTION_MAPPINGS): section(
            vol.Schema(
                {
                    vol.Optional(CONF_PATH_MAPPINGS, default=list): ObjectSelector(
                        ObjectSelectorConfig(
                            fields=_COLUMNS,
                            multiple=True,
                            label_field=CONF_FROM,
                            description_field=CONF_TO,
                            translation_key=CONF_PATH_MAPPINGS,
                        )
                    )
                }
            )
        ),
        vol.Required(SECTION_NOTIFICATIONS): section(
            vol.Schema({vol.Required(CONF_WEBHOOK_LOCAL_ONLY): BooleanSelector()})
        ),
    }
)


def server_schema(names: Mapping[str, str]) -> vol.Schema:
    """Return the form to select a server by machine identifier."""
    options = [SelectOptionDict(value=identifier, label=log_safe(name)) for identifier, name in names.items()]
    return vol.Schema({vol.Required(CONF_SERVER): select_from_list(options)})


def in_sections(options: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Arrange the options in the sections of the form."""
    return {
        str(name): {str(key): options[key] for key in fields.schema.schema}
        for name, fields in OPTIONS_SCHEMA.schema.items()
    }
