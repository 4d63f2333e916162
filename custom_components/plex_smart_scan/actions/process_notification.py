"""What a downloader tells, taken in: the `process_notification` action, and what the webhook shares with it."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Final

from homeassistant.core import Context, HomeAssistant, ServiceCall, ServiceResponse, SupportsResponse, callback
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
import voluptuous as vol

from ..const import DOMAIN
from ..coordinator import PlexSmartScanCoordinator
from ..inbox import Inbox, inboxes_to_fill
from ..scanner.downloaders import BodyProblem, NotANotificationError, Notification, read, requests_of
from ..scanner.downloaders.clients import download_client
from ..scanner.models import Reason, ScanRequest
from ..scanner.paths.clean_path import InvalidPathError
from .response import async_exception_texts, async_response, exception_text
from .routing import Placement, context_data, invalid, loaded_coordinators
from .submission import async_replies, async_take_in, async_take_in_or_keep

SERVICE_PROCESS_NOTIFICATION: Final = "process_notification"
WAIT: Final = 60.0  # seconds for the results; Sonarr itself hangs up after 100
_MOST_REPORTED: Final = 20  # refused paths of one body that are shown as results


@callback
def async_setup_process_notification(hass: HomeAssistant) -> None:
    """Register the action. Its data are a downloader's body, whatever is in it."""
    hass.services.async_register(
        DOMAIN,
        SERVICE_PROCESS_NOTIFICATION,
        _async_process_notification,
        vol.Schema({}, extra=vol.ALLOW_EXTRA),
        supports_response=SupportsResponse.OPTIONAL,
    )


async def _async_process_notification(call: ServiceCall) -> ServiceResponse:
    """Take a notification in; with a response wanted, wait for what comes of it.

    What a body says never raises: the sender would disable its connection.
    """
    try:
        notification = read(call.data)
    except NotANotificationError as error:
        raise unreadable(error.problem) from error
    taken = await _async_take(call.hass, requests_in(notification, call.context), durable=not call.return_response)
    placements = with_rejected(taken, notification, call.context)
    if coordinators := loaded_coordinators(call.hass):
        await async_report(coordinators[0], placements)
    if not call.return_response:
        return None
    response = await async_response(call.hass, await async_replies(placements, WAIT))
    reasons = refused(placements, await async_exception_texts(call.hass))
    for result in response["results"]:
        if result["reason"] in {Reason.NO_LIBRARY, Reason.INVALID_PATH}:
            result["message"] = reasons.get(result["path"], result["message"])
    return {**response, "ignored": notification.ignored}


async def _async_take(hass: HomeAssistant, requests: Sequence[ScanRequest], *, durable: bool) -> list[Placement]:
    """Have requests taken in by all servers that have them.

    What no loaded server has is kept for those that are yet to be set up: nobody can tell what is in their libraries.
    Raises ServiceValidationError where there is no server at all, HomeAssistantError when they cannot be kept.
    """
    if not requests:
        return []
    placements = [Placement(request=request) for request in requests]
    if coordinators := loaded_coordinators(hass):
        try:
            placements = await async_take_in(coordinators, requests, durable=durable)
        except HomeAssistantError:
            if not any(each.stopping for each in coordinators):
                raise
            # What others had taken in already is up to date by the time they come to it again.
            return await _async_take(hass, requests, durable=durable)
    left = [each.request for each in placements if each.in_no_library or not coordinators]
    inboxes = inboxes_to_fill(hass) if left else []
    if not coordinators and not inboxes:
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="no_server_loaded")
    kept = [await async_take_in_or_keep(inbox, left) for inbox in inboxes]
    found = {each[0].request.path: _together(each) for each in zip(*kept, strict=True)}
    return [found.get(each.request.path, each) for each in placements]


def _together(placements: Sequence[Placement]) -> Placement:
    """Tell of one request where it went on several servers; refused by some it is in the libraries of the others."""
    taken = [each for each in placements if not each.refusal] or placements[:1]
    return replace(
        taken[0],
        accepted=tuple(pending for each in taken for pending in each.accepted),
        replies=tuple(reply for each in taken for reply in each.replies),
    )


async def async_take_or_keep(inbox: Inbox, notification: Notification, context: Context) -> list[Placement]:
    """Have a notification taken in by one server, or kept for it; what was accepted is on the disk by then.

    Raises HomeAssistantError when nothing could be accepted.
    """
    requests = requests_in(notification, context)
    taken = await async_take_in_or_keep(inbox, requests) if requests else []
    placements = with_rejected(taken, notification, context)
    if inbox.coordinator:
        await async_report(inbox.coordinator, placements)
    return placements


def requests_in(notification: Notification, context: Context) -> list[ScanRequest]:
    """Return a request for each file, in the context of whoever sent the notification."""
    caller = context_data(context)
    return [replace(request, context=caller) for request in requests_of(notification)]


def with_rejected(taken: Iterable[Placement], notification: Notification, context: Context) -> list[Placement]:
    """Return where the files of a notification went, and what is no path at all between them: in the order given."""
    caller = context_data(context)
    rejected = {
        each.index: invalid(ScanRequest(path=each.path, context=caller), InvalidPathError(each.path, each.problem))
        for each in notification.rejected
    }
    files = {file.index: placement for file, placement in zip(notification.files, taken, strict=True)}
    return [placement for _, placement in sorted((rejected | files).items())]


def refused(placements: Iterable[Placement], texts: dict[str, str] | None = None) -> dict[str, str]:
    """Return the paths that were not taken in, and why, going by what is known: a mapping is looked for later.

    The reasons are in the language of the `texts` of errors, without them in English.
    """
    return {each.request.path: _explained(each, each.refusal, texts or {}) for each in placements if each.refusal}


async def async_report(coordinator: PlexSmartScanCoordinator, placements: Iterable[Placement]) -> None:
    """Let what was refused end as results too, so that it shows in Home Assistant: few senders read our answer."""
    shown = [placement for placement in placements if placement.refusal][:_MOST_REPORTED]
    for placement in shown:
        if not placement.in_no_library:
            # Never submitted: what is left of a text that is no path may well be another one's path.
            coordinator.engine.report(placement.replies[0].result)
    with suppress(HomeAssistantError):
        await coordinator.async_submit([each.request for each in shown if each.in_no_library], durable=False)


def unreadable(problem: BodyProblem) -> ServiceValidationError:
    """Return the error for data that are no notification."""
    return ServiceValidationError(translation_domain=DOMAIN, translation_key=f"notification_{problem}")


def _explained(placement: Placement, refusal: ServiceValidationError, texts: dict[str, str]) -> str:
    """Add to a refusal what is probably the matter."""
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
