"""The webhook of a server, which receives notifications of downloaders."""

import asyncio
from collections.abc import Sequence
from functools import partial
from http import HTTPStatus
import logging
from typing import Any, Final

from aiohttp.hdrs import CONTENT_TYPE, METH_POST, METH_PUT
from aiohttp.web import Request, RequestPayloadError, Response, json_response
from homeassistant.components import webhook
from homeassistant.config_entries import (
    SIGNAL_CONFIG_ENTRY_CHANGED,
    ConfigEntry,
    ConfigEntryChange,
    ConfigEntryState,
)
from homeassistant.const import CONF_WEBHOOK_ID
from homeassistant.core import Context, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.dispatcher import async_dispatcher_connect

from .actions.process_notification import async_submit_notification, rejection_reasons, unreadable_error
from .arr.connected_downloaders import downloaders_of
from .const import CONF_WEBHOOK_LOCAL_ONLY, DEFAULT_OPTIONS, DOMAIN
from .coordinator import PlexSmartScanConfigEntry
from .requests_before_setup import Inbox, inbox_of
from .scanner import log_safe, safe_error
from .scanner.downloaders import MAX_BODY_SIZE, BodyProblem, NotANotificationError, Notification, read_encoded

_LOGGER: Final = logging.getLogger(__name__)
BODY_TIMEOUT: Final = 30.0  # seconds for a complete body
_STATUS: Final = {
    BodyProblem.TOO_LARGE: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    BodyProblem.TOO_SLOW: HTTPStatus.REQUEST_TIMEOUT,
}
_CHUNK: Final = 64 * 1024  # bytes
_READ_IN_LOOP: Final = 32 * 1024  # bytes; larger bodies are parsed in the executor


@callback
def async_register_webhook(hass: HomeAssistant, entry: PlexSmartScanConfigEntry) -> None:
    """Register the webhook of an entry. It stays registered until the entry is unloaded permanently."""
    async_unregister_webhook(hass, entry)
    webhook_id: str = entry.data[CONF_WEBHOOK_ID]
    options = {**DEFAULT_OPTIONS, **entry.options}
    webhook.async_register(
        hass,
        DOMAIN,
        entry.title,
        webhook_id,
        partial(_async_handle, inbox_of(hass, entry)),
        local_only=bool(options[CONF_WEBHOOK_LOCAL_ONLY]),
        allowed_methods=(METH_POST, METH_PUT),
    )


@callback
def async_unregister_webhook(hass: HomeAssistant, entry: PlexSmartScanConfigEntry) -> None:
    """Unregister the webhook of an entry."""
    webhook.async_unregister(hass, entry.data[CONF_WEBHOOK_ID])


@callback
def async_unregister_unloaded_webhooks(hass: HomeAssistant) -> None:
    """Unregister the webhooks of servers that stay unloaded, for example because they are disabled.

    A reload also passes through this state, but continues with setup before the scheduled callback runs.
    """

    @callback
    def unregister_if_still_unloaded(entry: ConfigEntry) -> None:
        if entry.state is ConfigEntryState.NOT_LOADED:
            async_unregister_webhook(hass, entry)

    @callback
    def on_change(_change: ConfigEntryChange, entry: ConfigEntry) -> None:
        if entry.domain == DOMAIN and entry.state is ConfigEntryState.NOT_LOADED and CONF_WEBHOOK_ID in entry.data:
            hass.loop.call_soon(unregister_if_still_unloaded, entry)

    async_dispatcher_connect(hass, SIGNAL_CONFIG_ENTRY_CHANGED, on_change)


async def _async_handle(inbox: Inbox, hass: HomeAssistant, webhook_id: str, request: Request) -> Response:
    """Handle a notification. Errors result in status 500, because Home Assistant would log the ID and return 200."""
    try:
        return await _async_process(inbox, hass, request)
    except Exception as error:
        _LOGGER.exception("Unexpected error while processing a notification", exc_info=safe_error(error))
        return _json(HTTPStatus.INTERNAL_SERVER_ERROR, reason="unexpected error, see the log")


async def _async_process(inbox: Inbox, hass: HomeAssistant, request: Request) -> Response:
    """Respond with the accepted paths, which are already on disk, and scan them in the background.

    Events that do not concern files are not errors, because a sender would disable its connection after a few errors.
    """
    try:
        notification = await _async_read(hass, request)
    except NotANotificationError as error:
        status = _STATUS.get(error.problem, HTTPStatus.BAD_REQUEST)
        return _not_accepted(status, unreadable_error(error.problem))
    try:
        accepted, reasons = await _async_submit(inbox, notification)
    except HomeAssistantError as error:
        return _not_accepted(HTTPStatus.SERVICE_UNAVAILABLE, error)
    downloaders_of(hass, inbox.entry).async_on_notification(request.query, notification)
    rejected = [{"path": path, "reason": reason} for path, reason in reasons.items()]
    return _json(HTTPStatus.OK, accepted=accepted, rejected=rejected, ignored=notification.ignored)


async def _async_submit(inbox: Inbox, notification: Notification) -> tuple[list[str], dict[str, str]]:
    """Return the accepted paths, and the rejected paths with their reasons. Raises HomeAssistantError."""
    placements = await async_submit_notification(inbox, notification, Context())
    return [each.request.path for each in placements if not each.refusal], rejection_reasons(placements)


async def _async_read(hass: HomeAssistant, request: Request) -> Notification:
    """Read a request up to the size limit. Raises NotANotificationError."""
    content = request.content
    raw = bytearray()
    try:
        async with asyncio.timeout(BODY_TIMEOUT):
            while chunk := await content.read(_CHUNK):
                raw += chunk
                if len(raw) > MAX_BODY_SIZE:
                    raise NotANotificationError(BodyProblem.TOO_LARGE)
    except TimeoutError as error:
        raise NotANotificationError(BodyProblem.TOO_SLOW) from error
    except RequestPayloadError as error:
        raise NotANotificationError(BodyProblem.BROKEN) from error
    read = partial(read_encoded, bytes(raw), request.headers.get(CONTENT_TYPE, ""), tuple(request.query.items()))
    return read() if len(raw) <= _READ_IN_LOOP else await hass.async_add_executor_job(read)


def _not_accepted(status: HTTPStatus, error: HomeAssistantError) -> Response:
    """Respond with the reason for a rejected notification and log it, because few senders show responses."""
    _LOGGER.warning("A notification was not accepted: %s", log_safe(str(error)))
    return _json(status, reason=str(error))


def _json(
    status: HTTPStatus,
    *,
    accepted: Sequence[str] = (),
    rejected: Sequence[dict[str, str]] = (),
    ignored: str | None = None,
    reason: str | None = None,
) -> Response:
    """Return a response, always with `accepted`, `rejected` and `ignored`; that to an error also has a `reason`."""
    body: dict[str, Any] = {"accepted": list(accepted), "rejected": list(rejected), "ignored": ignored}
    if reason is not None:
        body["reason"] = reason
    return json_response(body, status=status)
