"""The webhook of a Plex server: downloaders post to it what they did."""

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

from .actions.process_notification import async_take_or_keep, refused, unreadable
from .arr.registry import downloaders_of
from .const import CONF_WEBHOOK_LOCAL_ONLY, DEFAULT_OPTIONS, DOMAIN
from .coordinator import PlexSmartScanConfigEntry
from .inbox import Inbox, inbox_of
from .scanner.downloaders import MAX_BODY_SIZE, BodyProblem, NotANotificationError, Notification, read_encoded
from .scanner.safe_text import log_safe

_LOGGER: Final = logging.getLogger(__name__)
BODY_TIMEOUT: Final = 30.0  # seconds, for a whole body
_STATUS: Final = {
    BodyProblem.TOO_LARGE: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    BodyProblem.TOO_SLOW: HTTPStatus.REQUEST_TIMEOUT,
}
_CHUNK: Final = 64 * 1024  # bytes
_READ_IN_LOOP: Final = 32 * 1024  # bytes: a larger body is read beside the event loop


@callback
def async_register_webhook(hass: HomeAssistant, entry: PlexSmartScanConfigEntry) -> None:
    """Listen at the entry's webhook, from before the server is set up until it is unloaded for good."""
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
    """Listen no more."""
    webhook.async_unregister(hass, entry.data[CONF_WEBHOOK_ID])


@callback
def async_let_webhooks_go(hass: HomeAssistant) -> None:
    """Stop listening for each server that is unloaded and stays so: disabled, for one, even before it was ever set up.

    A reload, too, passes that state, but sets the server up again before anything else can happen.
    """

    @callback
    def let_go(entry: ConfigEntry) -> None:
        if entry.state is ConfigEntryState.NOT_LOADED:
            async_unregister_webhook(hass, entry)

    @callback
    def on_change(_change: ConfigEntryChange, entry: ConfigEntry) -> None:
        if entry.domain == DOMAIN and entry.state is ConfigEntryState.NOT_LOADED and CONF_WEBHOOK_ID in entry.data:
            hass.loop.call_soon(let_go, entry)

    async_dispatcher_connect(hass, SIGNAL_CONFIG_ENTRY_CHANGED, on_change)


async def _async_handle(inbox: Inbox, hass: HomeAssistant, webhook_id: str, request: Request) -> Response:
    """Answer a notification. An error of ours is a 500: Home Assistant would log the webhook id, and answer 200."""
    try:
        return await _async_answer(inbox, hass, request)
    except Exception:
        _LOGGER.exception("Unexpected error with a notification")
        return _answer(HTTPStatus.INTERNAL_SERVER_ERROR, reason="unexpected error, see the log")


async def _async_answer(inbox: Inbox, hass: HomeAssistant, request: Request) -> Response:
    """Answer at once with what was accepted, which is on the disk by then; scan in the background.

    An event that is none of our business is no error: a sender would stop sending after a few of them.
    """
    try:
        notification = await _async_read(hass, request)
    except NotANotificationError as error:
        status = _STATUS.get(error.problem, HTTPStatus.BAD_REQUEST)
        return _not_accepted(status, unreadable(error.problem))
    try:
        accepted, reasons = await _async_take(inbox, notification)
    except HomeAssistantError as error:
        return _not_accepted(HTTPStatus.SERVICE_UNAVAILABLE, error)
    downloaders_of(hass, inbox.entry).async_note(request.query, notification)
    rejected = [{"path": path, "reason": reason} for path, reason in reasons.items()]
    return _answer(HTTPStatus.OK, accepted=accepted, rejected=rejected, ignored=notification.ignored)


async def _async_take(inbox: Inbox, notification: Notification) -> tuple[list[str], dict[str, str]]:
    """Return what was accepted, and what was not with the reasons. Raises HomeAssistantError when nothing could be."""
    placements = await async_take_or_keep(inbox, notification, Context())
    return [each.request.path for each in placements if not each.refusal], refused(placements)


async def _async_read(hass: HomeAssistant, request: Request) -> Notification:
    """Read a request, but never more of it than is allowed. Raises NotANotificationError."""
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
    """Answer why a whole notification was not taken in, and log it too: few senders show what they were answered."""
    _LOGGER.warning("A notification was not accepted: %s", log_safe(str(error)))
    return _answer(status, reason=str(error))


def _answer(
    status: HTTPStatus,
    *,
    accepted: Sequence[str] = (),
    rejected: Sequence[dict[str, str]] = (),
    ignored: str | None = None,
    **more: Any,
) -> Response:
    """Return the answer; a sender finds the same keys in each."""
    body = {"accepted": list(accepted), "rejected": list(rejected), "ignored": ignored, **more}
    return json_response(body, status=status)
