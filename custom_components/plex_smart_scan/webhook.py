"""The webhook of a Plex server: downloaders post to it what they did."""

from collections.abc import Sequence
from functools import partial
from http import HTTPStatus
import logging
from typing import Any, Final

from aiohttp.hdrs import CONTENT_TYPE, METH_POST, METH_PUT
from aiohttp.web import Request, RequestPayloadError, Response, json_response
from homeassistant.components import webhook
from homeassistant.const import CONF_WEBHOOK_ID
from homeassistant.core import Context, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError

from .const import CONF_WEBHOOK_LOCAL_ONLY, DEFAULT_OPTIONS, DOMAIN
from .coordinator import PlexSmartScanConfigEntry
from .mailbox import Mailbox, mailbox_of
from .process_notification import (
    async_accept,
    async_place_all,
    async_report,
    refused_at_once,
    requests_in,
    unreadable,
)
from .scanner.downloaders import (
    MAX_BODY_SIZE,
    BodyProblem,
    NotANotificationError,
    Notification,
    read_encoded,
)

_LOGGER: Final = logging.getLogger(__name__)
_CHUNK: Final = 64 * 1024  # bytes
_READ_IN_LOOP: Final = 32 * 1024  # bytes: a larger body is read beside the event loop


@callback
def async_register_webhook(hass: HomeAssistant, entry: PlexSmartScanConfigEntry) -> None:
    """Listen at the entry's webhook, from before the server is set up until it is unloaded."""
    async_unregister_webhook(hass, entry)
    webhook_id: str = entry.data[CONF_WEBHOOK_ID]
    options = {**DEFAULT_OPTIONS, **entry.options}
    webhook.async_register(
        hass,
        DOMAIN,
        entry.title,
        webhook_id,
        partial(_async_handle, mailbox_of(hass, entry)),
        local_only=bool(options[CONF_WEBHOOK_LOCAL_ONLY]),
        allowed_methods=(METH_POST, METH_PUT),
    )


@callback
def async_unregister_webhook(hass: HomeAssistant, entry: PlexSmartScanConfigEntry) -> None:
    """Listen no more."""
    webhook.async_unregister(hass, entry.data[CONF_WEBHOOK_ID])


async def _async_handle(mailbox: Mailbox, hass: HomeAssistant, webhook_id: str, request: Request) -> Response:
    """Answer at once with what was accepted, which is on the disk by then; scan in the background.

    An event that is none of our business is no error: a sender would stop sending after a few of them.
    """
    try:
        notification = await _async_read(hass, request)
    except NotANotificationError as error:
        status = HTTPStatus.BAD_REQUEST
        if error.problem is BodyProblem.TOO_LARGE:
            status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        return _answer(status, reason=str(unreadable(error.problem)))
    try:
        accepted, refused = await _async_take(mailbox, notification)
    except HomeAssistantError as error:
        _LOGGER.warning("A notification was not accepted: %s", error)
        return _answer(HTTPStatus.SERVICE_UNAVAILABLE, reason=str(error))
    rejected = [{"path": path, "reason": reason} for path, reason in refused.items()]
    return _answer(HTTPStatus.OK, accepted=accepted, rejected=rejected, ignored=notification.ignored)


async def _async_take(mailbox: Mailbox, notification: Notification) -> tuple[list[str], dict[str, str]]:
    """Return what was accepted, and what was not with the reasons. Raises HomeAssistantError when nothing could be."""
    context = Context()
    requests = requests_in(notification, context)
    if not requests:
        return [], refused_at_once(notification)
    coordinator = mailbox.coordinator or await mailbox.async_keep(requests)
    if coordinator is None:
        # Kept for later: nobody can tell yet in which libraries they are.
        return [request.path for request in requests], refused_at_once(notification)
    placed = await async_place_all([coordinator], notification, context)
    await async_accept(placed)
    await async_report(coordinator, placed)
    return [request.path for request in placed.accepted], placed.refused


async def _async_read(hass: HomeAssistant, request: Request) -> Notification:
    """Read a request, but never more of it than is allowed. Raises NotANotificationError."""
    content = request.content
    raw = bytearray()
    try:
        while chunk := await content.read(_CHUNK):
            raw += chunk
            if len(raw) > MAX_BODY_SIZE:
                raise NotANotificationError(BodyProblem.TOO_LARGE)
    except RequestPayloadError as error:
        raise NotANotificationError(BodyProblem.BROKEN) from error
    read = partial(read_encoded, bytes(raw), request.headers.get(CONTENT_TYPE, ""), tuple(request.query.items()))
    return read() if len(raw) <= _READ_IN_LOOP else await hass.async_add_executor_job(read)


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
