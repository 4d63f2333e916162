"""The forms of the flow that connects a downloader, and their errors."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_API_KEY, CONF_URL
from homeassistant.helpers.selector import BooleanSelector, SelectOptionDict, SelectSelector, SelectSelectorConfig
import voluptuous as vol

from ..arr.api_response import ArrError
from ..arr.client import Resource
from ..arr.credentials import CONF_BASE_URL, CONF_CORE_ENTRY_ID, normalized_url
from ..arr.mappings import MappingReview, Proposal
from ..arr.probe import failures_text
from ..arr.programs import PROGRAMS, ArrKind
from ..arr.webhook_connection import field_of
from ..arr.webhook_setup import NotProvenError, NotSavedError
from ..scanner import log_safe, markdown_safe
from .forms import URL_SELECTOR, connection_schema, select_from_list

type ConnectError = ArrError | NotProvenError | NotSavedError

CONF_DELETE_DUPLICATES: Final = "delete_duplicates"
CONF_SWITCH_OFF: Final = "switch_off"
CONF_MAPPINGS: Final = "mappings"

MANUAL_SCHEMA: Final = connection_schema(CONF_API_KEY)
RECONFIGURE_SCHEMA: Final = connection_schema(CONF_API_KEY, secret_required=False).extend(
    {vol.Optional(CONF_BASE_URL): URL_SELECTOR}
)
ADDRESS_SCHEMA: Final = vol.Schema({vol.Optional(CONF_BASE_URL): URL_SELECTOR})
DUPLICATES_SCHEMA: Final = vol.Schema({vol.Required(CONF_DELETE_DUPLICATES, default=True): BooleanSelector()})


def normalized_input(given: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the connection details of a form without surrounding spaces, and its errors."""
    data = {key: value.strip() if isinstance(value, str) else value for key, value in given.items()}
    if CONF_CORE_ENTRY_ID in data:
        return data, {}
    try:
        data[CONF_URL] = normalized_url(data[CONF_URL])
    except ValueError:
        return data, {CONF_URL: "cannot_connect"}
    api_key = data.get(CONF_API_KEY, "")
    if not api_key or not (api_key.isascii() and api_key.isprintable()):
        return data, {CONF_API_KEY: "invalid_auth"}  # not valid in an HTTP header
    return data, {}


def connect_errors(error: ConnectError | None) -> tuple[dict[str, str], str]:
    """Return the errors of the form that asks for a URL, and the message of the program."""
    if isinstance(error, NotProvenError):
        key = error.failures[0].obstacle.value if error.failures else "no_address"
        return {"base": key}, failures_text(error.failures) or "-"
    if isinstance(error, ArrError):
        return {"base": error.kind}, markdown_safe(error.message)
    return {"base": "not_saved"}, "-"


def core_schema(entries: Iterable[ConfigEntry]) -> vol.Schema:
    """Return the form to select an entry of Home Assistant's own integrations."""
    choices = [
        SelectOptionDict(value=each.entry_id, label=f"{PROGRAMS[ArrKind(each.domain)].name}: {each.title}")
        for each in entries
    ]
    return vol.Schema({vol.Required(CONF_CORE_ENTRY_ID): SelectSelector(SelectSelectorConfig(options=choices))})


def plex_connections_schema(connections: Sequence[Resource]) -> vol.Schema:
    """Return the form to turn off the library update of the program's Plex connections."""
    choices = [
        SelectOptionDict(
            value=str(each["id"]),
            label=log_safe(f"{each.get('name')} ({field_of(each, 'host')}:{field_of(each, 'port')})"),
        )
        for each in connections
    ]
    return vol.Schema({vol.Optional(CONF_SWITCH_OFF, default=list): select_from_list(choices, multiple=True)})


def mappings_schema(review: MappingReview) -> vol.Schema:
    """Return the form to select mappings. Mappings confirmed by files are selected by default."""
    if not review.proposals:
        return vol.Schema({})
    choices = [
        SelectOptionDict(value=str(number), label=log_safe(each.text)) for number, each in enumerate(review.proposals)
    ]
    proven = [str(number) for number, each in enumerate(review.proposals) if each.files]
    return vol.Schema({vol.Optional(CONF_MAPPINGS, default=proven): select_from_list(choices, multiple=True)})


def mappings_placeholders(review: MappingReview) -> dict[str, str]:
    """Return the placeholders of the form: confirmed mappings, suggestions, and root folders in no library."""
    proven = [_proven(each) for each in review.proposals if each.files]
    guesses = [f"- {markdown_safe(each.text)}" for each in review.proposals if not each.files]
    return {
        "proven": "\n".join(proven) or "-",
        "guesses": "\n".join(guesses) or "-",
        "unmatched": "\n".join(f"- {markdown_safe(path)}" for path in review.unmatched) or "-",
    }


def _proven(proposal: Proposal) -> str:
    names = ", ".join(file.name for file in proposal.files)
    return f"- {markdown_safe(proposal.text)}: {markdown_safe(names)}"
