"""The action `process_notification`, and the processing of notifications that it shares with the webhook."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Final

from homeassistant.core import Context, HomeAssistant, ServiceCall, ServiceResponse, SupportsResponse, callback
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
import voluptuous as vol

from ..const import DOMAIN
from ..coordinator import PlexSmartScanCoordinator
from ..requests_before_setup import Inbox, inboxes_to_fill
from ..scanner import InvalidPathError, Reason, ScanRequest
from ..scanner.downloaders import BodyProblem, NotANotificationError, Notification, download_client, read, requests_of
from .response import async_exception_texts, async_response, exception_text
from .servers import Placement, context_data, invalid, loaded_coordinators
from .submission import async_replies, async_submit_or_store, async_submit_requests

SERVICE_PROCESS_NOTIFICATION: Final = "process_notification"
WAIT: Final = 60.0  # seconds; Sonarr closes the connection after 100
_MAX_REPORTED: Final = 20  # rejected paths of one body that are reported as results


@callback
def async_setup_process_notification(hass: HomeAssistant) -> None:
    """Register the action. Its data is the body of a notification."""
    hass.services.async_register(
        DOMAIN,
        SERVICE_PROCESS_NOTIFICATION,
        _async_process_notification,
        vol.Schema({}, extra=vol.ALLOW_EXTRA),
        supports_response=SupportsResponse.OPTIONAL,
    )


async def _async_process_notification(call: ServiceCall) -> ServiceResponse:
    """Process a notification and, if a response is requested, wait for the results.

    The content of a body never raises an error, because the sender would disable its connection.
    """
    try:
        notification = read(call.data)
    except NotANotificationError as error:
        raise unreadable_error(error.problem) from error
    submitted = await _async_submit(
        call.hass, requests_in(notification, call.context), durable=not call.return_response
    )
    placements = with_rejected(submitted, notification, call.context)
    if coordinators := loaded_coordinators(call.hass):
        await async_report(coordinators[0], placements)
    if not call.return_response:
        return None
    response = await async_response(call.hass, await async_replies(placements, WAIT))
    reasons = rejection_reasons(placements, await async_exception_texts(call.hass))
    for result in response["results"]:
        if result["reason"] in {Reason.NO_LIBRARY, Reason.INVALID_PATH}:
            result["message"] = reasons.get(result["path"], result["message"])
    return {**response, "ignored": notification.ignored}


async def _async_submit(hass: HomeAssistant, requests: Sequence[ScanRequest], *, durable: bool) -> list[Placement]:
    """Submit requests to all loaded servers that have the paths.

    Paths that no loaded server has are stored for servers that are not set up yet, because their libraries are unknown.
    Raises ServiceValidationError if there is no server, and HomeAssistantError if the requests cannot be saved.
    """
    if not requests:
        return []
    placements = [Placement(request=request) for request in requests]
    if coordinators := loaded_coordinators(hass):
        try:
            placements = await async_submit_requests(coordinators, requests, durable=durable)
        except HomeAssistantError:
            if not any(each.stopping for each in coordinators):
                raise
            # Requests that other servers already accepted end as up to date when they are repeated.
            return await _async_submit(hass, requests, durable=durable)
    left = [each.request for each in placements if each.in_no_library or not coordinators]
    inboxes = inboxes_to_fill(hass) if left else []
    if not coordinators and not inboxes:
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="no_server_loaded")
    stored = [await async_submit_or_store(inbox, left) for inbox in inboxes]
    found = {each[0].request.path: _merged(each) for each in zip(*stored, strict=True)}
    return [found.get(each.request.path, each) for each in placements]


def _merged(placements: Sequence[Placement]) -> Placement:
    """Merge the placements of one request on several servers. Rejections count only if all servers reject it."""
    submitted = [each for each in placements if not each.refusal] or placements[:1]
    return replace(
        submitted[0],
        accepted=tuple(pending for each in submitted for pending in each.accepted),
        replies=tuple(reply for each in submitted for reply in each.replies),
    )


async def async_submit_notification(inbox: Inbox, notification: Notification, context: Context) -> list[Placement]:
    """Submit a notification to one server, or store it for later. Accepted requests are on disk when this returns.

    Raises HomeAssistantError if nothing could be accepted.
    """
    requests = requests_in(notification, context)
    submitted = await async_submit_or_store(inbox, requests) if requests else []
    placements = with_rejected(submitted, notification, context)
    if inbox.coordinator:
        await async_report(inbox.coordinator, placements)
    return placements


def requests_in(notification: Notification, context: Context) -> list[ScanRequest]:
    """Return a request for each file of a notification, with the context of the sender."""
    caller = context_data(context)
    return [replace(request, context=caller) for request in requests_of(notification)]


def with_rejected(submitted: Iterable[Placement], notification: Notification, context: Context) -> list[Placement]:
    """Return the placements of all files and of the invalid paths of a notification, in the original order."""
    caller = context_data(context)
    rejected = {
        each.index: invalid(ScanRequest(path=each.path, context=caller), InvalidPathError(each.path, each.problem))
        for each in notification.rejected
    }
    files = {file.index: placement for file, placement in zip(notification.files, submitted, strict=True)}
    return [placement for _, placement in sorted((rejected | files).items())]


def rejection_reasons(placements: Iterable[Placement], texts: dict[str, str] | None = None) -> dict[str, str]:
    """Return the rejected paths with the reasons that are known without searching for a mapping.

    The reasons are in the language of `texts`, or in English if there are none.
    """
    return {each.request.path: _explained(each, each.refusal, texts or {}) for each in placements if each.refusal}


async def async_report(coordinator: PlexSmartScanCoordinator, placements: Iterable[Placement]) -> None:
    """Report rejected paths as results, because few senders show the response."""
    shown = [placement for placement in placements if placement.refusal][:_MAX_REPORTED]
    for placement in shown:
        if not placement.in_no_library:
            # Never submit an invalid path, because a cleaned version of it may be the path of another file.
            coordinator.engine.report(placement.replies[0].result)
    with suppress(HomeAssistantError):
        await coordinator.async_submit([each.request for each in shown if each.in_no_library], durable=False)


def unreadable_error(problem: BodyProblem) -> ServiceValidationError:
    """Return the error for a body that is not a valid notification."""
    return ServiceValidationError(translation_domain=DOMAIN, translation_key=f"notification_{problem}")


def _explained(placement: Placement, refusal: ServiceValidationError, texts: dict[str, str]) -> str:
    """Return the reason for a rejection, with a hint if the path is in a download folder."""
    reason = exception_text(texts, refusal)
    client = download_client(placement.request.path) if placement.in_no_library else None
    if client is None:
        return reason
    hint = ServiceValidationError(
        translation_domain=DOMAIN,
        translation_key="download_folder_of" if client else "download_folder",
        translation_placeholders={"client": client},
    )
    return f"{reason.removesuffix('.')}. {exception_text(texts, hint)}"
