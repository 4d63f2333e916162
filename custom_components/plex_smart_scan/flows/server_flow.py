"""The base of the config flow: what its steps need to know about the server, and how they finish."""

from typing import Final, cast

from homeassistant.components import webhook
from homeassistant.config_entries import (
    SOURCE_REAUTH,
    SOURCE_RECONFIGURE,
    SOURCE_USER,
    SOURCE_ZEROCONF,
    ConfigEntry,
    ConfigFlow,
    ConfigFlowResult,
)
from homeassistant.const import CONF_WEBHOOK_ID
from yarl import URL

from ..const import DEFAULT_OPTIONS
from ..scanner import Access, Server, log_safe
from .check_connection import access_of, connection_data, updated_data
from .core_plex import CoreServer, core_servers
from .listed_server import KnownServer
from .sender_script import webhook_url
from .sign_in import WAYS_TO_A_TOKEN

EXAMPLE_URL: Final = "http://192.168.1.10:32400"


class ServerFlow(ConfigFlow):
    """Base of the steps that add or change a server."""

    _discovered: Access

    def _entry(self) -> ConfigEntry:
        return self._get_reauth_entry() if self.source == SOURCE_REAUTH else self._get_reconfigure_entry()

    def _known(self) -> KnownServer:
        """Return the server that the flow is about, or None if a user adds a new server."""
        if self.source == SOURCE_ZEROCONF:
            return KnownServer(self.unique_id, self.context["title_placeholders"]["name"], self._discovered)
        entry = self._entry()
        return KnownServer(entry.unique_id, entry.title, access_of(entry), is_set_up=True)

    def _shown(self) -> ConfigFlowResult:
        """Return the current form, which the frontend requests again when its page is reloaded."""
        return cast("ConfigFlowResult", self.cur_step)

    def _token_menu(self, *others: str, step_id: str, **placeholders: str) -> ConfigFlowResult:
        """Offer the ways to get a token for a known server, and other steps."""
        return self.async_show_menu(
            step_id=step_id,
            menu_options=[*WAYS_TO_A_TOKEN, *others],
            description_placeholders={**self._known().placeholders, **placeholders},
        )

    def _new_core_servers(self) -> dict[str, CoreServer]:
        """Return the servers of the Plex integration that are not set up here."""
        configured = self._async_current_ids(include_ignore=False)
        return {key: server for key, server in core_servers(self.hass).items() if key not in configured}

    async def _async_finish(self, server: Server, access: Access, client_id: str | None = None) -> ConfigFlowResult:
        """Create or update the entry of a checked server. `client_id` belongs to a token from a sign-in."""
        if self.source != SOURCE_USER and server.machine_identifier != self._known().identifier:
            return self.async_abort(reason="wrong_account")
        if self.source in {SOURCE_REAUTH, SOURCE_RECONFIGURE}:
            entry = self._entry()
            return self.async_update_reload_and_abort(entry, data=updated_data(entry, access, client_id))
        await self.async_set_unique_id(server.machine_identifier, raise_on_progress=False)
        self._abort_if_unique_id_configured()
        webhook_id = webhook.async_generate_id()
        return self.async_create_entry(
            title=log_safe(server.name) or URL(access.url).host or "Plex",
            data={**connection_data(access, client_id), CONF_WEBHOOK_ID: webhook_id},
            options=dict(DEFAULT_OPTIONS),
            description_placeholders={"webhook_url": webhook_url(self.hass, webhook_id)},
        )
