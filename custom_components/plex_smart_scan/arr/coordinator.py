"""The coordinator of one connected downloader: reads its history and maintains its Webhook connection."""

import asyncio
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
import logging
from time import monotonic
from typing import Any, Final, override

from homeassistant.config_entries import ConfigSubentry
from homeassistant.core import Context, CoreState, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.start import async_at_started
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator, UpdateFailed

from ..actions.process_notification import async_submit_notification
from ..const import CONF_WEBHOOK_LOCAL_ONLY, DEFAULT_OPTIONS, DOMAIN
from ..coordinator import PlexSmartScanConfigEntry
from ..requests_before_setup import Inbox
from ..scanner import Outcome, ScanResult, markdown_safe
from ..scanner.downloaders import Notification
from .addresses import async_candidates
from .api_response import ArrError, ArrErrorKind
from .catch_up import CatchUp, position_from
from .client import ArrClient, ArrStatus
from .credentials import CONF_BASE_URL, CONF_KIND, CONF_NOTIFICATION_ID, CONF_SINCE, accesses_of, async_connect
from .issues import DownloaderIssue, async_clear_issue, async_raise_issue
from .probe import Probes, failures_text
from .programs import PROGRAMS, ArrKind
from .webhook_connection import reports_only_tagged
from .webhook_setup import Established, NotProvenError, NotSavedError, WebhookSetup, WebhookTarget

_LOGGER: Final = logging.getLogger(__name__)

CHECK_INTERVAL: Final = timedelta(days=1)
RETRY_INTERVAL: Final = timedelta(minutes=5)  # while the program is unreachable
REPAIR_INTERVAL: Final = timedelta(hours=1)  # while notifications do not arrive
CATCH_UP_AGAIN_AFTER: Final = timedelta(minutes=5)  # after a notification, since the history was last read
UNREACHABLE_FOR: Final = timedelta(days=1)  # until a repair issue is raised
_REMEMBERED: Final = 5000  # paths, and contexts of requests
_CAUGHT_UP: Final = frozenset({Outcome.ADDED, Outcome.UPDATED, Outcome.REMOVED, Outcome.SCANNED})


@dataclass(slots=True)
class Received:
    """The notifications of a downloader in this run, shared by all setups of the server."""

    last: datetime | None = None
    paths: deque[str] = field(default_factory=lambda: deque(maxlen=_REMEMBERED))


class DownloaderCoordinator(DataUpdateCoordinator[ArrStatus]):
    """Coordinator of one downloader."""

    config_entry: PlexSmartScanConfigEntry

    def __init__(
        self,
        hass: HomeAssistant,
        entry: PlexSmartScanConfigEntry,
        subentry: ConfigSubentry,
        inbox: Inbox,
        probes: Probes,
        received: Received,
    ) -> None:
        """Create the coordinator without sending a request."""
        super().__init__(
            hass,
            _LOGGER,
            config_entry=entry,
            name=f"{subentry.title} ({entry.title})",
            update_interval=CHECK_INTERVAL,
            always_update=True,  # the entities also show fields of the coordinator, which change without the status
        )
        self.subentry = subentry
        self.program = PROGRAMS[ArrKind(subentry.data[CONF_KIND])]
        self.caught_up = 0
        self.notifications_arrive = False
        self.only_tagged = False  # whether the connection reports only titles with its tags
        self.error: ArrErrorKind | None = None
        self._received = received
        self._inbox = inbox
        self._probes = probes
        self._catch_up = CatchUp(
            entry.runtime_data.journal,
            mark_key(subentry),
            position_from(subentry.data.get(CONF_SINCE)),
            self._async_submit,
        )
        self._maintain_lock = asyncio.Lock()  # two at once could both create a connection
        self._history_read_at = float("-inf")
        self._unreachable_since: float | None = None
        self._contexts: deque[str] = deque(maxlen=_REMEMBERED)

    @property
    def source(self) -> str:
        """Return the identifier of the downloader in the webhook URL."""
        return self.subentry.unique_id or self.subentry.subentry_id

    @property
    def last_notification(self) -> datetime | None:
        """Return the time of the last notification in this run."""
        return self._received.last

    @property
    def connected(self) -> bool:
        """Return whether the program responded last time and its notifications arrive."""
        return self.last_update_success and self.notifications_arrive

    @callback
    def async_start(self) -> None:
        """Catch up now, and again when the web server of Home Assistant runs, which the connection check needs."""
        entry = self.config_entry
        # Without a listener the coordinator does not poll, and all entities may be disabled.
        entry.async_on_unload(self.async_add_listener(lambda: None))
        entry.async_on_unload(entry.runtime_data.results.async_add(self._on_result))
        if self.hass.state is not CoreState.running:
            self.async_refresh_in_background()
        entry.async_on_unload(async_at_started(self.hass, self._on_started))

    @callback
    def _on_started(self, _hass: HomeAssistant) -> None:
        self.async_refresh_in_background()

    @callback
    def async_refresh_in_background(self) -> None:
        """Schedule a refresh."""
        self.config_entry.async_create_background_task(self.hass, self.async_refresh(), f"{self.name} refresh")

    @callback
    def async_on_notification(self) -> None:
        """Handle a notification, and catch up if the history has not been read for some time."""
        self.async_update_listeners()
        if monotonic() - self._history_read_at > CATCH_UP_AGAIN_AFTER.total_seconds():
            self._history_read_at = monotonic()
            self.async_refresh_in_background()

    # -- updating -----------------------------------------------------------------------------------------------------

    @override
    async def _async_update_data(self) -> ArrStatus:
        """Catch up and check the connection."""
        self.update_interval = RETRY_INTERVAL  # until everything succeeds
        try:
            client, status = await self._async_connect()
            self._contexts.extend(await self._catch_up.run(client, self.program))
            self._history_read_at = monotonic()
            if self.hass.state is CoreState.running:
                async with self._maintain_lock:
                    await self._async_maintain_connection(client)
        except ArrError as error:
            raise self._update_failed(error) from error
        except (HomeAssistantError, OSError) as error:
            _LOGGER.debug("Failed to submit the imports from %s: %s", self.subentry.title, error)
            raise UpdateFailed(
                translation_domain=DOMAIN,
                translation_key="downloader_not_accepted",
                translation_placeholders={"downloader": self.subentry.title},
            ) from error
        self._unreachable_since, self.error = None, None
        return status

    async def _async_connect(self) -> tuple[ArrClient, ArrStatus]:
        accesses = accesses_of(self.hass, self.subentry.data)
        if not accesses:
            async_raise_issue(self.hass, self, DownloaderIssue.CORE_REMOVED)
            raise ArrError(ArrErrorKind.INVALID_AUTH, "Home Assistant's own integration was removed")
        client, status = await async_connect(self.hass, accesses)
        if status.program is not self.program:
            raise ArrError(ArrErrorKind.UNKNOWN_PROGRAM, status.program.name)
        return client, status

    async def _async_maintain_connection(self, client: ArrClient) -> None:
        """Check the connection, repair it if possible, and otherwise raise a repair issue."""
        data = self.subentry.data
        local_only = {**DEFAULT_OPTIONS, **self.config_entry.options}[CONF_WEBHOOK_LOCAL_ONLY]
        candidates = await async_candidates(self.hass, client.access.url, [], local_only=local_only)
        setup = WebhookSetup(client, self.program, target_of(self.config_entry, self.source), self._probes)
        try:
            established = await setup.maintain(data.get(CONF_NOTIFICATION_ID), data[CONF_BASE_URL], candidates)
        except (NotProvenError, NotSavedError) as error:
            self.notifications_arrive, self.update_interval = False, REPAIR_INTERVAL
            async_raise_issue(self.hass, self, DownloaderIssue.NOT_CONNECTED, {"details": details_of(error)})
            return
        self.notifications_arrive, self.update_interval = True, CHECK_INTERVAL
        self.only_tagged = reports_only_tagged(established.connection)
        async_clear_issue(self.hass, self)
        self._store_connection(established)

    @callback
    def _store_connection(self, established: Established) -> None:
        data = {**self.subentry.data, **connection_data(established)}
        if data != self.subentry.data:
            self.hass.config_entries.async_update_subentry(self.config_entry, self.subentry, data=data)

    def _update_failed(self, error: ArrError) -> UpdateFailed:
        """Raise a repair issue for a lasting error and schedule the next try."""
        self.error = error.kind
        if self._unreachable_since is None:
            self._unreachable_since = monotonic()
        if error.kind is ArrErrorKind.INVALID_AUTH:
            if accesses_of(self.hass, self.subentry.data):
                async_raise_issue(self.hass, self, DownloaderIssue.INVALID_AUTH)
        elif monotonic() - self._unreachable_since > UNREACHABLE_FOR.total_seconds():
            async_raise_issue(self.hass, self, DownloaderIssue.UNREACHABLE, {"details": markdown_safe(error.message)})
        return UpdateFailed(
            translation_domain=DOMAIN,
            translation_key=f"downloader_failed_{error.kind}",
            translation_placeholders={"downloader": self.subentry.title, "details": error.message},
        )

    # -- results ------------------------------------------------------------------------------------------------------

    async def _async_submit(self, notification: Notification, context: Context) -> None:
        self._contexts.append(context.id)  # results may arrive before `run` returns
        await async_submit_notification(self._inbox, notification, context)

    @callback
    def _on_result(self, result: ScanResult) -> None:
        """Count the files that were found only in the history and were not up to date in Plex."""
        request = result.request
        if (
            result.outcome in _CAUGHT_UP
            and request.context.get("id") in self._contexts
            and request.path not in self._received.paths
        ):
            self.caught_up += 1
            self.async_update_listeners()


def mark_key(subentry: ConfigSubentry) -> str:
    """Return the journal key of a downloader's position in its history."""
    return f"history_{subentry.subentry_id}"


def target_of(entry: PlexSmartScanConfigEntry, source: str) -> WebhookTarget:
    """Return the target of a downloader's connection."""
    return WebhookTarget(server=entry.title, webhook_id=entry.data["webhook_id"], source=source)


def connection_data(established: Established) -> dict[str, Any]:
    """Return the connection data to store in a subentry."""
    return {CONF_NOTIFICATION_ID: established.connection["id"], CONF_BASE_URL: established.base_url}


def details_of(error: NotProvenError | NotSavedError) -> str:
    """Return a line of Markdown with the message of the program for each tested URL."""
    failures = error.failures if isinstance(error, NotProvenError) else ()
    return failures_text(failures) or "-"
