"""Config flow of the Plex Smart Scan integration."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final, override

from homeassistant.components import webhook
from homeassistant.config_entries import (
    ConfigEntry,
    ConfigFlow,
    ConfigFlowResult,
    ConfigSubentryFlow,
    OptionsFlowWithReload,
)
from homeassistant.const import CONF_TOKEN, CONF_URL, CONF_VERIFY_SSL, CONF_WEBHOOK_ID
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.network import NoURLAvailableError
from homeassistant.helpers.selector import SelectOptionDict, SelectSelector, SelectSelectorConfig
from homeassistant.helpers.service_info.zeroconf import ZeroconfServiceInfo
import voluptuous as vol
from yarl import URL

from .arr.registry import SUBENTRY_DOWNLOADER
from .const import CONF_PATH_MAPPINGS, DEFAULT_OPTIONS, DOMAIN
from .flows.connection import async_check, connection_data, discovered_at, moved, normalized_url
from .flows.core_plex import CoreServer, core_server, core_servers
from .flows.downloader import DownloaderSubentryFlow
from .flows.forms import MANUAL_SCHEMA, OPTIONS_SCHEMA, RECONFIGURE_SCHEMA, TOKEN_SCHEMA, in_sections
from .options import Row, is_valid, listed, rows_of_one_source, rows_that_fit_nothing, tidy
from .scanner.models import Server
from .scanner.plex.client import Access
from .scanner.plex.errors import PlexError
from .scanner.plex.plain_http import identify

CONF_SERVER: Final = "server"
EXAMPLE_URL: Final = "http://192.168.1.10:32400"
_TOKEN_REFUSED: Final = frozenset({"invalid_auth", "no_permission"})


class PlexSmartScanConfigFlow(ConfigFlow, domain=DOMAIN):
    """Handle the set-up of a Plex server."""

    VERSION = 1

    _discovered: Access
    _asks_for_token = True

    @staticmethod
    @callback
    @override
    def async_get_options_flow(config_entry: ConfigEntry) -> PlexSmartScanOptionsFlow:
        """Return the options flow."""
        return PlexSmartScanOptionsFlow()

    @classmethod
    @callback
    @override
    def async_get_supported_subentry_types(cls, config_entry: ConfigEntry) -> dict[str, type[ConfigSubentryFlow]]:
        """Return the flow that connects a downloader."""
        return {SUBENTRY_DOWNLOADER: DownloaderSubentryFlow}

    @override
    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Offer the servers of the Plex integration, where there are any that we do not have."""
        if self._new_core_servers():
            return self.async_show_menu(step_id="user", menu_options=["core", "manual"])
        return await self.async_step_manual()

    async def async_step_core(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Take over a server of the Plex integration."""
        servers = self._new_core_servers()
        if not servers:
            return self.async_abort(reason="already_configured")
        if user_input is None and len(servers) == 1:
            user_input = {CONF_SERVER: next(iter(servers))}
        errors: dict[str, str] = {}
        if user_input is not None and (core := servers.get(user_input[CONF_SERVER])):
            server, errors = await async_check(core.access)
            if server:
                return await self._async_create(server, core.access)
        choices = [SelectOptionDict(value=key, label=core.name) for key, core in servers.items()]
        schema = vol.Schema({vol.Required(CONF_SERVER): SelectSelector(SelectSelectorConfig(options=choices))})
        return self.async_show_form(
            step_id="core", data_schema=self.add_suggested_values_to_schema(schema, user_input), errors=errors
        )

    async def async_step_manual(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the address and the token."""
        errors: dict[str, str] = {}
        if user_input is not None:
            server, access, errors = await self._async_check_input(user_input)
            if server and access:
                return await self._async_create(server, access)
        return self.async_show_form(
            step_id="manual",
            data_schema=self.add_suggested_values_to_schema(MANUAL_SCHEMA, user_input),
            errors=errors,
            description_placeholders={"example_url": EXAMPLE_URL},
        )

    @override
    async def async_step_zeroconf(self, discovery_info: ZeroconfServiceInfo) -> ConfigFlowResult:
        """Handle a server that was discovered in the network."""
        url = str(discovered_at(discovery_info))
        try:
            identifier = await identify(async_get_clientsession(self.hass), url)
        except PlexError:
            return self.async_abort(reason="cannot_connect")
        entry = await self.async_set_unique_id(identifier)
        self._abort_if_unique_id_configured(updates=moved(entry, discovery_info) if entry else None)
        core = core_server(self.hass, identifier)
        self._discovered = core.access if core else Access(url=url, token="")
        self._asks_for_token = core is None
        name = core.name if core else discovery_info.name.partition(".")[0]
        self.context["title_placeholders"] = {"name": name}
        return await self.async_step_zeroconf_confirm()

    async def async_step_zeroconf_confirm(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the token, unless the Plex integration has one that works."""
        access = self._discovered
        errors: dict[str, str] = {}
        if user_input is not None:
            if self._asks_for_token:
                access = replace(access, token=user_input[CONF_TOKEN].strip())
            server, errors = await async_check(access)
            if server and server.machine_identifier != self.unique_id:
                return self.async_abort(reason="wrong_account")
            if server:
                return await self._async_create(server, access)
            self._asks_for_token |= bool(_TOKEN_REFUSED.intersection(errors.values()))
        return self.async_show_form(
            step_id="zeroconf_confirm",
            data_schema=TOKEN_SCHEMA if self._asks_for_token else vol.Schema({}),
            errors=errors,
            description_placeholders={**self.context["title_placeholders"], "url": access.url},
        )

    async def async_step_reauth(self, entry_data: Mapping[str, Any]) -> ConfigFlowResult:
        """Handle a token that Plex does not take any more."""
        return await self.async_step_reauth_confirm()

    async def async_step_reauth_confirm(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for another token."""
        entry = self._get_reauth_entry()
        errors: dict[str, str] = {}
        if user_input is not None:
            server, access, errors = await self._async_check_input({**entry.data, **user_input})
            if server and access:
                await self.async_set_unique_id(server.machine_identifier)
                self._abort_if_unique_id_mismatch(reason="wrong_account")
                return self.async_update_reload_and_abort(entry, data_updates={CONF_TOKEN: access.token})
        return self.async_show_form(
            step_id="reauth_confirm",
            data_schema=TOKEN_SCHEMA,
            errors=errors,
            description_placeholders={"name": entry.title, "url": entry.data[CONF_URL]},
        )

    async def async_step_reconfigure(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Change how to reach the server, and show the webhook's address again."""
        entry = self._get_reconfigure_entry()
        errors: dict[str, str] = {}
        if user_input is not None:
            # An empty token stands for the one we have.
            given = {key: value for key, value in user_input.items() if value != ""}
            server, access, errors = await self._async_check_input({**entry.data, **given})
            if server and access:
                await self.async_set_unique_id(server.machine_identifier)
                self._abort_if_unique_id_mismatch(reason="wrong_account")
                return self.async_update_reload_and_abort(entry, data_updates=connection_data(access))
        known = {key: entry.data[key] for key in (CONF_URL, CONF_VERIFY_SSL)}
        return self.async_show_form(
            step_id="reconfigure",
            data_schema=self.add_suggested_values_to_schema(RECONFIGURE_SCHEMA, user_input or known),
            errors=errors,
            description_placeholders={
                "name": entry.title,
                "example_url": EXAMPLE_URL,
                "webhook_url": _webhook_url(self.hass, entry.data[CONF_WEBHOOK_ID]),
            },
        )

    def _new_core_servers(self) -> dict[str, CoreServer]:
        """The servers of the Plex integration that we do not have."""
        ours = self._async_current_ids(include_ignore=False)
        return {key: server for key, server in core_servers(self.hass).items() if key not in ours}

    async def _async_check_input(self, data: Mapping[str, Any]) -> tuple[Server | None, Access | None, dict[str, str]]:
        """Try out what was typed in; returns the server, how it is reached, and the form's errors."""
        try:
            url = normalized_url(data[CONF_URL])
        except ValueError:
            return None, None, {CONF_URL: "cannot_connect"}
        access = Access(url=url, token=data[CONF_TOKEN].strip(), verify_ssl=data[CONF_VERIFY_SSL])
        server, errors = await async_check(access)
        return server, access, errors

    async def _async_create(self, server: Server, access: Access) -> ConfigFlowResult:
        """Create the entry of a server that has been tried out."""
        await self.async_set_unique_id(server.machine_identifier, raise_on_progress=False)
        self._abort_if_unique_id_configured()
        webhook_id = webhook.async_generate_id()
        return self.async_create_entry(
            title=server.name or URL(access.url).host or "Plex",
            data={**connection_data(access), CONF_WEBHOOK_ID: webhook_id},
            options=dict(DEFAULT_OPTIONS),
            description_placeholders={"webhook_url": _webhook_url(self.hass, webhook_id)},
        )


class PlexSmartScanOptionsFlow(OptionsFlowWithReload):
    """Handle the options."""

    _warned_of: list[Row] | None = None

    async def async_step_init(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Show the options, in sections."""
        errors: dict[str, str] = {}
        placeholders = {"rows": ""}
        options = {**DEFAULT_OPTIONS, **self.config_entry.options}
        if user_input is not None:
            options = {key: value for fields in user_input.values() for key, value in fields.items()}
            options[CONF_PATH_MAPPINGS] = [tidy(row) for row in options[CONF_PATH_MAPPINGS]]
            errors, placeholders["rows"] = self._check(options[CONF_PATH_MAPPINGS])
            if not errors:
                return self.async_create_entry(data=options)
        return self.async_show_form(
            step_id="init",
            data_schema=self.add_suggested_values_to_schema(OPTIONS_SCHEMA, in_sections(options)),
            errors=errors,
            description_placeholders=placeholders,
        )

    def _check(self, rows: list[Row]) -> tuple[dict[str, str], str]:
        """Test the mappings against the libraries; returns the form's errors, and the rows they are about.

        Rows that fit nothing are saved when they are sent a second time: their library may be yet to come.
        """
        broken = [row for row in rows if not is_valid(row)]
        if broken:
            return {"base": "invalid_mapping"}, listed(broken)
        if rivals := rows_of_one_source(rows):
            return {"base": "duplicate_mapping"}, listed(rivals)
        coordinator = getattr(self.config_entry, "runtime_data", None)
        useless = rows_that_fit_nothing(rows, coordinator.engine.registry.libraries) if coordinator else []
        if useless and useless != self._warned_of:
            self._warned_of = useless
            return {"base": "mapping_fits_nothing"}, listed(useless)
        return {}, ""


def _webhook_url(hass: HomeAssistant, webhook_id: str) -> str:
    """Return the webhook's address in the local network; without its host where Home Assistant does not know it."""
    try:
        return webhook.async_generate_url(hass, webhook_id, prefer_external=False)
    except NoURLAvailableError:
        return webhook.async_generate_path(webhook_id)
