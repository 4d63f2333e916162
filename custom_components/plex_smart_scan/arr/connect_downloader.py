"""Connecting a downloader without forms: identifying the program, verifying a URL, and reviewing the paths."""

from collections.abc import Mapping, Sequence
import logging
import secrets
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry, ConfigSubentry
from homeassistant.core import HomeAssistant
from homeassistant.helpers.aiohttp_client import async_get_clientsession

from ..const import CONF_WEBHOOK_LOCAL_ONLY, DEFAULT_OPTIONS
from ..scanner import PlexError, identify, log_safe
from .addresses import async_candidates
from .api_response import ArrError
from .catch_up import async_newest_position, position_data
from .client import ArrClient, Resource
from .connected_downloaders import SUBENTRY_DOWNLOADER, downloaders_of
from .coordinator import connection_data, target_of
from .credentials import CONF_NOTIFICATION_ID, accesses_of, async_connect
from .mappings import MappingReview, MappingReviewer
from .programs import ArrProgram
from .webhook_connection import (
    connections_to_webhook,
    field_of,
    plex_connections,
    source_of,
    updates_library,
    with_field,
)
from .webhook_setup import Established, WebhookSetup

_LOGGER: Final = logging.getLogger(__name__)


class WrongProgramError(Exception):
    """Another program than the configured one responded. The text is its name."""


class ConnectingDownloader:
    """A downloader that is being connected or reconfigured."""

    client: ArrClient
    program: ArrProgram
    name: str

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry, subentry: ConfigSubentry | None) -> None:
        """Store the server and the subentry, which is None for a new downloader."""
        self._hass = hass
        self._entry = entry
        self._subentry = subentry
        self.source = (subentry.unique_id if subentry else None) or secrets.token_hex(4)
        self.since: dict[str, Any] | None = None
        self.already_configured = False
        self.created = False
        self._established: Established | None = None

    async def async_identify(self, data: Mapping[str, Any]) -> None:
        """Check which program responds and whether it is already connected. Raises ArrError and WrongProgramError."""
        accesses = accesses_of(self._hass, data)
        self.client, status = await async_connect(self._hass, accesses)
        self.program, self.name = status.program, log_safe(status.instance_name)
        if self._subentry and self._subentry.data["kind"] != self.program.kind:
            raise WrongProgramError(self.program.name)
        others = [
            each
            for each in self._entry.get_subentries_of_type(SUBENTRY_DOWNLOADER)
            if self._subentry is None or each.subentry_id != self._subentry.subentry_id
        ]
        urls = {access.url for each in others for access in accesses_of(self._hass, each.data)}
        existing = connections_to_webhook(await self.client.connections(), self._entry.data["webhook_id"])
        sources = {source_of(each) for each in existing}
        self.already_configured = self.client.access.url in urls or any(each.unique_id in sources for each in others)

    # -- the connection -----------------------------------------------------------------------------------------------

    @property
    def connection_data(self) -> dict[str, Any]:
        """Return the connection data to store in the subentry."""
        assert self._established  # noqa: S101 - asked after `async_connect`
        return connection_data(self._established)

    @property
    def duplicates(self) -> Sequence[int]:
        """Return the IDs of other connections to our webhook."""
        return self._established.duplicates if self._established else ()

    async def async_connect(self, base_url: str | None) -> None:
        """Verify a URL, beginning with `base_url`, and save the connection.

        Raises ArrError, NotProvenError and NotSavedError.
        """
        # Read the position before the connection exists, so that no event is missed.
        newest = await async_newest_position(self.client)
        self.since = position_data(newest) if newest else None
        local_only = {**DEFAULT_OPTIONS, **self._entry.options}[CONF_WEBHOOK_LOCAL_ONLY]
        addresses = await async_candidates(self._hass, self.client.access.url, [], local_only=local_only)
        setup = WebhookSetup(
            self.client,
            self.program,
            target_of(self._entry, self.source),
            downloaders_of(self._hass, self._entry).probes,
        )
        known_id = self._subentry.data.get(CONF_NOTIFICATION_ID) if self._subentry else None
        known = {each["id"] for each in await setup.find(known_id)}
        self._established = await setup.establish(known_id, addresses, preferred=base_url)
        self.created = self._established.connection["id"] not in known

    async def async_delete_duplicates(self) -> None:
        """Delete the other connections to our webhook. Errors are only logged."""
        for number in self.duplicates:
            try:
                await self.client.delete(number)
            except ArrError as error:
                _LOGGER.warning("Failed to delete a duplicate connection in %s: %s", self.name, error.message)

    async def async_undo(self) -> None:
        """Delete the created connection. Errors are only logged."""
        if self._established is None:
            return
        try:
            await self.client.delete(self._established.connection["id"])
        except ArrError as error:
            _LOGGER.warning("Failed to delete the connection in %s: %s", self.name, error.message)

    # -- the program's own Plex connections ---------------------------------------------------------------------------

    async def async_updating_plex_connections(self) -> list[Resource]:
        """Return the program's Plex connections that also update libraries of this server.

        Connections that certainly lead to another server are left out. Returns none if the program does not respond.
        """
        try:
            found = [each for each in plex_connections(await self.client.connections()) if updates_library(each)]
        except ArrError:
            return []
        return [each for each in found if await self._may_be_our_server(each)]

    async def _may_be_our_server(self, connection: Resource) -> bool:
        scheme = "https" if field_of(connection, "useSsl") else "http"
        url = f"{scheme}://{field_of(connection, 'host')}:{field_of(connection, 'port') or 32400}"
        try:
            identifier = await identify(async_get_clientsession(self._hass, verify_ssl=False), url)
        except PlexError, ValueError:
            return True  # a host name that only the network of the program resolves
        return identifier == self._entry.unique_id

    async def async_switch_off(self, connections: Sequence[Resource]) -> None:
        """Turn off the library update of the program's Plex connections.

        Errors are only logged.
        """
        for connection in connections:
            try:
                await self.client.update(with_field(connection, "updateLibrary", value=False))
            except ArrError as error:
                _LOGGER.warning("Failed to turn off the library update in %s: %s", self.name, error.message)

    # -- path mappings ------------------------------------------------------------------------------------------------

    async def async_review(self) -> MappingReview:
        """Compare the root folders with the libraries. Raises ArrError and PlexError."""
        engine = self._entry.runtime_data.engine
        reviewer = MappingReviewer(engine, self.client, self.program)
        return await reviewer.review(await self.client.connections())
