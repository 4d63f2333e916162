"""The steps for a server that was discovered on the local network."""

from typing import Any, Final, override

from homeassistant.config_entries import ConfigEntry, ConfigFlowResult
from homeassistant.const import CONF_URL
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.service_info.zeroconf import ZeroconfServiceInfo
import voluptuous as vol

from ..scanner import Access, PlexError, identify, log_safe, markdown_safe
from .check_connection import OTHER_SERVER, async_check, async_responds_at_url, discovered_at, moved
from .core_plex import core_server
from .server_flow import ServerFlow

_TOKEN_REFUSED: Final = frozenset({"invalid_auth", "no_permission"})


class DiscoverySteps(ServerFlow):
    """Steps for a discovered server."""

    _has_core_token = False
    _moved: tuple[ConfigEntry, ZeroconfServiceInfo]

    @override
    async def async_step_zeroconf(self, discovery_info: ZeroconfServiceInfo) -> ConfigFlowResult:
        """Handle a server that was discovered on the local network."""
        url = str(discovered_at(discovery_info))
        try:
            identifier = await identify(async_get_clientsession(self.hass), url)
        except PlexError:
            return self.async_abort(reason="cannot_connect")
        entry = await self.async_set_unique_id(identifier)
        if entry and await self._async_new_url(entry, discovery_info):
            self._moved = entry, discovery_info
            self.context["title_placeholders"] = {"name": entry.title}
            return await self.async_step_moved()
        self._abort_if_unique_id_configured()
        core = core_server(self.hass, identifier)
        self._discovered = core.access if core else Access(url=url, token="", machine_identifier=identifier)
        self._has_core_token = core is not None
        name = core.name if core else discovery_info.name.partition(".")[0]
        self.context["title_placeholders"] = {"name": log_safe(name)}
        return await self.async_step_zeroconf_confirm()

    async def async_step_moved(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask whether a server that no longer responds at its URL has moved to the announced URL.

        Any device on the local network can announce the identifier of a server and repeat it when asked. The form can
        stay open for days, so the server may be back at its URL when the user confirms.
        """
        entry, announced = self._moved
        if self.hass.config_entries.async_get_entry(entry.entry_id) is None:
            return await self.async_step_zeroconf(announced)  # the entry was removed, so the server is a new one
        new_url = moved(entry, announced) if user_input is None else await self._async_new_url(entry, announced)
        if new_url is None:
            return self.async_abort(reason="already_configured")
        if user_input is not None:
            data = {CONF_URL: new_url}
            return self.async_update_reload_and_abort(entry, data_updates=data, reason="reconfigure_successful")
        placeholders = {"name": markdown_safe(entry.title), "old_url": entry.data[CONF_URL], "url": new_url}
        return self.async_show_form(step_id="moved", data_schema=vol.Schema({}), description_placeholders=placeholders)

    async def _async_new_url(self, entry: ConfigEntry, announced: ZeroconfServiceInfo) -> str | None:
        """Return the announced URL of a server, or None if the server still responds at its known one."""
        new_url = moved(entry, announced)
        return None if new_url is None or await async_responds_at_url(self.hass, entry) else new_url

    async def async_step_zeroconf_confirm(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Offer the ways to get a token, or only ask for confirmation if the Plex integration has one."""
        if not self._has_core_token:
            return self._token_menu(step_id="zeroconf_confirm")
        errors: dict[str, str] = {}
        if user_input is not None:
            server, errors = await async_check(self._discovered)
            if server:
                return await self._async_finish(server, self._discovered)
            if errors == OTHER_SERVER:
                return self.async_abort(reason="wrong_account")
            if _TOKEN_REFUSED.intersection(errors.values()):
                return await self.async_step_zeroconf_core_rejected()
        return self.async_show_form(
            step_id="zeroconf_confirm",
            data_schema=vol.Schema({}),
            errors=errors,
            description_placeholders=self._known().placeholders,
        )

    async def async_step_zeroconf_core_rejected(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Offer the other ways to get a token after the token of the Plex integration was rejected."""
        return self._token_menu(step_id="zeroconf_core_rejected")
