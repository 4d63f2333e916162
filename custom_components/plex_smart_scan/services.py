"""The actions of the Plex Smart Scan integration."""

from time import monotonic
from typing import Any, Final

from homeassistant.core import HomeAssistant, ServiceCall, ServiceResponse, SupportsResponse, callback
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import config_validation as cv
import voluptuous as vol

from .actions.resolve_path import async_resolution
from .actions.response import async_response
from .actions.servers import Placement, Reply, async_coordinators_for, async_refusal, context_data
from .actions.submission import MAX_SEARCH, async_replies, async_submit_requests
from .const import DOMAIN
from .coordinator import PlexSmartScanCoordinator
from .repair_issues.unmatched_paths import async_report_unmatched
from .scanner import Outcome, ScanRequest, log_safe

ATTR_CONFIG_ENTRY_ID: Final = "config_entry_id"
ATTR_FORCE: Final = "force"
ATTR_LIBRARY: Final = "library"
ATTR_PATH: Final = "path"
ATTR_SIZE: Final = "size"
ATTR_TIMEOUT: Final = "timeout"
ATTR_VALIDATE: Final = "validate"
ATTR_WAIT: Final = "wait"

DEFAULT_TIMEOUT: Final = 60.0
MAX_PATHS: Final = 10_000
MAX_SIZE: Final = 2**63 - 1  # bytes, the largest file size of any file system

SERVICE_SCAN_PATH: Final = "scan_path"
SERVICE_RESOLVE_PATH: Final = "resolve_path"
_MOST_DIGITS: Final = 19


def _texts(value: Any) -> list[str]:
    """Convert a text, a number or a list of them to a list of texts."""
    values = value if isinstance(value, list) else [value]
    if any(isinstance(each, bool) or not isinstance(each, str | int) for each in values):
        message = "expected a string or a list of strings"
        raise vol.Invalid(message)
    return [str(each) for each in values]


def _whole_number(value: Any) -> int:
    """Convert a number or a text to an integer. Raises vol.Invalid."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int | str):
        message = "expected a whole number"
        raise vol.Invalid(message)
    return int(vol.Coerce(int)(value)) if len(str(value)) <= _MOST_DIGITS else MAX_SIZE + 1


_WHERE: Final = {
    vol.Required(ATTR_PATH): vol.All(_texts, vol.Length(min=1, max=MAX_PATHS)),
    vol.Optional(ATTR_CONFIG_ENTRY_ID): str,
    vol.Optional(ATTR_LIBRARY, default=list): _texts,
}
SERVICE_SCAN_PATH_SCHEMA: Final = vol.Schema(
    {
        **_WHERE,
        vol.Optional(ATTR_FORCE, default=False): cv.boolean,
        vol.Optional(ATTR_VALIDATE): cv.boolean,
        vol.Optional(ATTR_WAIT, default=True): cv.boolean,
        vol.Optional(ATTR_TIMEOUT, default=DEFAULT_TIMEOUT): vol.All(vol.Coerce(float), vol.Range(min=0, max=86400)),
        vol.Optional(ATTR_SIZE): vol.All(_whole_number, vol.Range(min=0, max=MAX_SIZE)),
    }
)
SERVICE_RESOLVE_PATH_SCHEMA: Final = vol.Schema(_WHERE)


@callback
def async_setup_services(hass: HomeAssistant) -> None:
    """Register the actions. They validate their data themselves, so that the REST API returns the reason."""
    anything = vol.Schema({}, extra=vol.ALLOW_EXTRA)
    hass.services.async_register(
        DOMAIN, SERVICE_SCAN_PATH, _async_scan_path, anything, supports_response=SupportsResponse.OPTIONAL
    )
    hass.services.async_register(
        DOMAIN, SERVICE_RESOLVE_PATH, _async_resolve_path, anything, supports_response=SupportsResponse.ONLY
    )


async def _async_scan_path(call: ServiceCall) -> ServiceResponse:
    """Scan paths and return the results.

    Raises ServiceValidationError if no path is valid, and HomeAssistantError if all results are failed and no response
    is requested.
    """
    data = _checked(call, SERVICE_SCAN_PATH_SCHEMA)
    coordinators = await async_coordinators_for(call.hass, data.get(ATTR_CONFIG_ENTRY_ID))
    requests = [
        ScanRequest(
            path=path,
            libraries=tuple(data[ATTR_LIBRARY]),
            force=data[ATTR_FORCE],
            validate=data.get(ATTR_VALIDATE),
            size=data.get(ATTR_SIZE),
            context=context_data(call.context),
        )
        for path in data[ATTR_PATH]
    ]
    wait = data[ATTR_WAIT]
    deadline = monotonic() + (data[ATTR_TIMEOUT] if wait else MAX_SEARCH)
    placements = await async_submit_requests(coordinators, requests, durable=not wait, seconds=deadline - monotonic())
    await async_report_unmatched(coordinators, placements)
    await _raise_if_none_is_usable(coordinators, placements, deadline)
    replies = await async_replies(placements, deadline - monotonic() if wait else 0)
    if call.return_response:
        return await async_response(call.hass, replies)
    _raise_if_all_failed(replies)
    return None


async def _async_resolve_path(call: ServiceCall) -> ServiceResponse:
    """Return how paths are mapped. Nothing is scanned."""
    data = _checked(call, SERVICE_RESOLVE_PATH_SCHEMA)
    coordinators = await async_coordinators_for(call.hass, data.get(ATTR_CONFIG_ENTRY_ID))
    requests = [ScanRequest(path=path, libraries=tuple(data[ATTR_LIBRARY])) for path in data[ATTR_PATH]]
    return await async_resolution(coordinators, requests)


def _checked(call: ServiceCall, schema: vol.Schema) -> dict[str, Any]:
    # A template cannot omit a field, but it can return None.
    given = {field: value for field, value in call.data.items() if value is not None}
    try:
        data: dict[str, Any] = schema(given)
    except vol.Invalid as error:
        raise _invalid_data(error, given, schema) from error
    return data


def _invalid_data(error: vol.Invalid, given: dict[str, Any], schema: vol.Schema) -> ServiceValidationError:
    """Return the translated error for invalid data, naming the field. The text of the validator is in English only."""
    errors = error.errors if isinstance(error, vol.MultipleInvalid) else [error]
    field = str(errors[0].path[0])
    if field not in {str(key) for key in schema.schema}:
        key = "invalid_data_unknown"
    elif field not in given:
        key = "invalid_data_missing"
    else:
        key = "invalid_data_value"
    return ServiceValidationError(
        translation_domain=DOMAIN, translation_key=key, translation_placeholders={"field": log_safe(field)}
    )


def _raise_if_all_failed(replies: list[Reply]) -> None:
    """Raise an error, so that automations that ignore the response stop."""
    if not replies or any(reply.result.outcome is not Outcome.FAILED for reply in replies):
        return
    paths = {reply.result.request.path: reply.result for reply in replies}
    if len(paths) > 1:
        raise HomeAssistantError(
            translation_domain=DOMAIN,
            translation_key="scan_failed_several",
            translation_placeholders={"count": str(len(paths))},
        )
    ((path, result),) = paths.items()
    raise HomeAssistantError(
        translation_domain=DOMAIN,
        translation_key=f"scan_failed_{result.reason}",
        translation_placeholders={"path": log_safe(path), "detail": log_safe(result.detail)},
    )


async def _raise_if_none_is_usable(
    coordinators: list[PlexSmartScanCoordinator], placements: list[Placement], deadline: float
) -> None:
    refused = [placement for placement in placements if placement.refusal]
    if len(refused) < len(placements):
        return
    if first := await async_refusal(coordinators, refused[0], deadline - monotonic()):
        raise first
