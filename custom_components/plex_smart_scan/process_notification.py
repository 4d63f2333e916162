"""What a downloader tells, taken in: the `process_notification` action, and what the webhook shares with it."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import batched
from typing import Final

from homeassistant.core import Context, HomeAssistant, ServiceCall, ServiceResponse, SupportsResponse, callback
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
import voluptuous as vol

from .const import DOMAIN
from .coordinator import PlexSmartScanCoordinator
from .response import async_response
from .scan import Placement, Reply, async_place, async_refusal, async_scan, context_data, coordinators_for
from .scanner.downloaders import BodyProblem, NotANotificationError, Notification, Rejected, read, requests_of
from .scanner.downloaders.clients import download_client
from .scanner.models import Outcome, Reason, ScanRequest, ScanResult

SERVICE_PROCESS_NOTIFICATION: Final = "process_notification"
WAIT: Final = 60.0  # seconds for the results; Sonarr itself hangs up after 100
_BATCH: Final = 250  # paths that are taken at once, so that the event loop is never held for long
_MOST_REPORTED: Final = 20  # refused paths of one body that are shown as results


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """Where the paths of a notification belong. `refused` has a reason, for people, by path."""

    placements: list[Placement]
    refused: dict[str, str]

    @property
    def accepted(self) -> list[ScanRequest]:
        """The requests that some server has a library for."""
        return [placement.request for placement in self.placements if placement.coordinators]


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
    coordinators = coordinators_for(call.hass, None)
    placed = await async_place_all(coordinators, notification, call.context)
    await async_report(coordinators[0], placed)
    if not call.return_response:
        await async_accept(placed)
        return None
    replies = await async_scan(placed.placements, wait=True, timeout=WAIT)
    response = await async_response(call.hass, [*replies, *map(_invalid, notification.rejected)])
    for result in response["results"]:
        if result["reason"] in {Reason.NO_LIBRARY, Reason.INVALID_PATH}:
            result["message"] = placed.refused.get(result["path"], result["message"])
    return {**response, "ignored": notification.ignored}


async def async_place_all(
    coordinators: Sequence[PlexSmartScanCoordinator], notification: Notification, context: Context
) -> Placed:
    """Find the servers of all paths of a notification, and a reason for each path that has none."""
    refused = refused_at_once(notification)
    placements: list[Placement] = []
    for some in batched(requests_in(notification, context), _BATCH, strict=False):
        placements += await async_place(coordinators, some)
    misses = [placement for placement in placements if placement.refusal]
    for placement in misses:
        # Looking for a mapping asks Plex; the one that fits the first path mostly fits the others.
        refusal = await async_refusal(coordinators, placement) if placement is misses[0] else placement.refusal
        refused[placement.request.path] = _explained(placement.request.path, refusal)
    return Placed(placements=placements, refused=refused)


def requests_in(notification: Notification, context: Context) -> list[ScanRequest]:
    """Return a request for each file, in the context of whoever sent the notification."""
    caller = context_data(context)
    return [replace(request, context=caller) for request in requests_of(notification)]


def refused_at_once(notification: Notification) -> dict[str, str]:
    """Return the paths that no server could have, and why."""
    return {each.path: str(_invalid_path(each)) for each in notification.rejected}


async def async_report(coordinator: PlexSmartScanCoordinator, placed: Placed) -> None:
    """Let what was refused end as results too, so that it shows in Home Assistant: few senders read our answer."""
    requests = [placement.request for placement in placed.placements if placement.refusal]
    with suppress(HomeAssistantError):
        await coordinator.async_submit(requests[:_MOST_REPORTED], durable=False)


async def async_accept(placed: Placed) -> None:
    """Have everything scanned in the background; it is on the disk when this returns.

    Raises HomeAssistantError when it cannot be. What was written before that is scanned all the same; sent again, it
    is up to date by then.
    """
    servers = dict.fromkeys(server for placement in placed.placements for server in placement.coordinators)
    for server in servers:
        mine = [placement.request for placement in placed.placements if server in placement.coordinators]
        for some in batched(mine, _BATCH, strict=False):
            await server.async_submit(some, durable=True)


def unreadable(problem: BodyProblem) -> ServiceValidationError:
    """Return the error for data that are no notification."""
    return ServiceValidationError(translation_domain=DOMAIN, translation_key=f"notification_{problem}")


def _explained(path: str, refusal: ServiceValidationError | None) -> str:
    """Add to a refusal what is probably the matter."""
    client = download_client(path)
    if client is None:
        return str(refusal)
    hint = ServiceValidationError(
        translation_domain=DOMAIN,
        translation_key="download_folder_of" if client else "download_folder",
        translation_placeholders={"client": client},
    )
    return f"{refusal}. {hint}"


def _invalid_path(rejected: Rejected) -> ServiceValidationError:
    return ServiceValidationError(
        translation_domain=DOMAIN,
        translation_key=f"invalid_path_{rejected.problem}",
        translation_placeholders={"path": rejected.path},
    )


def _invalid(rejected: Rejected) -> Reply:
    request = ScanRequest(path=rejected.path)
    return Reply(
        result=ScanResult(
            request=request, outcome=Outcome.FAILED, reason=Reason.INVALID_PATH, detail=rejected.problem.value
        )
    )
