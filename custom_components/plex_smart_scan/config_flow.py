"""Config flow of the Plex Smart Scan integration."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final, cast, override

from homeassistant.components import webhook
from homeassistant.config_entries import (
    SOURCE_REAUTH,
    SOURCE_RECONFIGURE,
    SOURCE_USER,
    SOURCE_ZEROCONF,
    ConfigEntry,
    ConfigFlow,
    ConfigFlowResult,
    ConfigSubentryFlow,
)
from homeassistant.const import CONF_TOKEN, CONF_URL, CONF_VERIFY_SSL, CONF_WEBHOOK_ID
from homeassistant.core import callback
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.service_info.zeroconf import ZeroconfServiceInfo
from homeassistant.loader import async_get_integration
import voluptuous as vol
from yarl import URL

from .arr.registry import SUBENTRY_DOWNLOADER
from .const import DEFAULT_OPTIONS, DOMAIN
from .flows.connection import (
    OTHER_SERVER,
    access_of,
    async_check,
    async_check_input,
    async_is_at_home,
    connection_data,
    discovered_at,
    moved,
    updated_data,
)
from .flows.core_plex import CoreServer, core_server, core_servers
from .flows.downloader import DownloaderSubentryFlow
from .flows.forms import (
    CONF_SCRIPT,
    CONF_SERVER,
    MANUAL_SCHEMA,
    RECONFIGURE_SCHEMA,
    SCRIPT_SCHEMA,
    TOKEN_SCHEMA,
    server_schema,
)
from .flows.listed_server import KnownServer, ListedServerSteps
from .flows.options_flow import PlexSmartScanOptionsFlow
from .flows.polling import SignedIn
from .flows.sender_script import async_script_link, webhook_url
from .flows.sign_in import WAYS_TO_A_TOKEN, SignInSteps, async_next_step, failed_form
from .scanner.models import Server
from .scanner.plex.access_token import Access
from .scanner.plex.errors import PlexError
from .scanner.plex.identity import identify

EXAMPLE_URL: Final = "http://192.168.1.10:32400"
_TOKEN_REFUSED: Final = frozenset({"invalid_auth", "no_permission"})


class PlexSmartScanConfigFlow(ConfigFlow, domain=DOMAIN):
    """Handle the set-up of a Plex server."""

    VERSION = 1

    _discovered: Access
    _has_core_token = False
    _moved_to: tuple[ConfigEntry, str]
    _sign_in: SignInSteps | None = None
    _listed_server: ListedServerSteps

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

    # A new server

    @override
    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Offer the ways to set a server up; the Plex integration only where it has servers that we do not have."""
        core = ["core"] if self._new_core_servers() else []
        return self.async_show_menu(step_id="user", menu_options=[*core, *WAYS_TO_A_TOKEN])

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
                return await self._async_finish(server, core.access)
        schema = server_schema({key: core.name for key, core in servers.items()})
        return self.async_show_form(
            step_id="core", data_schema=self.add_suggested_values_to_schema(schema, user_input), errors=errors
        )

    async def async_step_manual(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the address and the token, or for what is not known of them."""
        if self.source == SOURCE_RECONFIGURE:
            return await self.async_step_connection()
        if self.source in {SOURCE_REAUTH, SOURCE_ZEROCONF}:
            return await self.async_step_token()
        errors: dict[str, str] = {}
        if user_input is not None:
            server, access, errors = await async_check_input(user_input)
            if server and access:
                return await self._async_finish(server, access)
        return self.async_show_form(
            step_id="manual",
            data_schema=self.add_suggested_values_to_schema(MANUAL_SCHEMA, user_input),
            errors=errors,
            description_placeholders={"example_url": EXAMPLE_URL},
        )

    # A server that was discovered

    @override
    async def async_step_zeroconf(self, discovery_info: ZeroconfServiceInfo) -> ConfigFlowResult:
        """Handle a server that was discovered in the network."""
        url = str(discovered_at(discovery_info))
        try:
            identifier = await identify(async_get_clientsession(self.hass), url)
        except PlexError:
            return self.async_abort(reason="cannot_connect")
        entry = await self.async_set_unique_id(identifier)
        if entry and (new_url := moved(entry, discovery_info)) and not await async_is_at_home(self.hass, entry):
            self._moved_to = entry, new_url
            self.context["title_placeholders"] = {"name": entry.title}
            return await self.async_step_moved()
        self._abort_if_unique_id_configured()
        core = core_server(self.hass, identifier)
        self._discovered = core.access if core else Access(url=url, token="", machine_identifier=identifier)
        self._has_core_token = core is not None
        name = core.name if core else discovery_info.name.partition(".")[0]
        self.context["title_placeholders"] = {"name": name}
        return await self.async_step_zeroconf_confirm()

    async def async_step_moved(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask whether a server that no longer answers at its address is now at the one that was announced.

        Anyone in the local network can announce the identifier of a server, and repeat it when asked.
        """
        entry, new_url = self._moved_to
        if user_input is not None:
            data = {CONF_URL: new_url}
            return self.async_update_reload_and_abort(entry, data_updates=data, reason="reconfigure_successful")
        placeholders = {"name": entry.title, "old_url": entry.data[CONF_URL], "url": new_url}
        return self.async_show_form(step_id="moved", data_schema=vol.Schema({}), description_placeholders=placeholders)

    async def async_step_zeroconf_confirm(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Offer the ways to a token, or only ask for a confirmation where the Plex integration has one."""
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
        """Offer the other ways to a token once the Plex integration's is rejected."""
        return self._token_menu(step_id="zeroconf_core_rejected")

    async def async_step_token(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the token of a server whose address is known."""
        known = self._known()
        errors: dict[str, str] = {}
        if user_input is not None:
            access = replace(known.access, token=user_input[CONF_TOKEN].strip())
            server, errors = await async_check(access)
            if server:
                return await self._async_finish(server, access)
            if errors == OTHER_SERVER:
                return self.async_abort(reason="wrong_account")
        return self.async_show_form(
            step_id="token",
            data_schema=TOKEN_SCHEMA,
            errors=errors,
            description_placeholders=self._known().placeholders,
        )

    # A server that is set up

    async def async_step_reauth(self, entry_data: Mapping[str, Any]) -> ConfigFlowResult:
        """Handle a token that Plex does not take any more."""
        return await self.async_step_reauth_confirm()

    async def async_step_reauth_confirm(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Offer the ways to another token."""
        return self._token_menu(step_id="reauth_confirm")

    async def async_step_reconfigure(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Show the webhook's address again, and offer to change how the server is reached."""
        url = webhook_url(self.hass, self._entry().data[CONF_WEBHOOK_ID])
        return self._token_menu("script", "new_webhook", step_id="reconfigure", webhook_url=url)

    async def async_step_new_webhook(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Replace the webhook's address; the old one stops answering at once."""
        entry = self._entry()
        if user_input is None:
            return self.async_show_form(
                step_id="new_webhook", data_schema=vol.Schema({}), description_placeholders=self._known().placeholders
            )
        webhook_id = webhook.async_generate_id()
        webhook.async_unregister(self.hass, entry.data[CONF_WEBHOOK_ID])
        self.hass.config_entries.async_update_entry(entry, data={**entry.data, CONF_WEBHOOK_ID: webhook_id})
        self.hass.config_entries.async_schedule_reload(entry.entry_id)
        return self.async_abort(
            reason="webhook_replaced",
            description_placeholders={**self._known().placeholders, "webhook_url": webhook_url(self.hass, webhook_id)},
        )

    async def async_step_script(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Hand out the script of a program, with the webhook filled in."""
        if user_input is None:
            return self.async_show_form(step_id="script", data_schema=SCRIPT_SCHEMA)
        integration = await async_get_integration(self.hass, DOMAIN)
        return self.async_abort(
            reason="script_offered",
            description_placeholders={
                "link": async_script_link(self.hass, self._entry().entry_id, user_input[CONF_SCRIPT]),
                "docs_url": f"{integration.documentation}/tree/main/docs/downloaders",
            },
        )

    async def async_step_connection(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Change the address or the token of a server."""
        entry = self._entry()
        errors: dict[str, str] = {}
        if user_input is not None:
            # An empty token stands for the one we have.
            given = {key: value for key, value in user_input.items() if value != ""}
            server, access, errors = await async_check_input({**entry.data, **given}, entry.unique_id)
            if server and access:
                return await self._async_finish(server, access)
            if errors == OTHER_SERVER:
                return self.async_abort(reason="wrong_account")
        known = {key: entry.data[key] for key in (CONF_URL, CONF_VERIFY_SSL)}
        return self.async_show_form(
            step_id="connection",
            data_schema=self.add_suggested_values_to_schema(RECONFIGURE_SCHEMA, user_input or known),
            errors=errors,
            description_placeholders={"name": entry.title, "example_url": EXAMPLE_URL},
        )

    # Sign in with Plex, from any of these

    async def async_step_sign_in(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Open plex.tv's page."""
        return await self._sign_in_steps().async_open_page()

    async def async_step_signing_in(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Wait for the user at that page."""
        return self._sign_in_steps().page()

    async def async_step_sign_in_code(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Show a code that the user enters at plex.tv, on any device."""
        return await self._sign_in_steps().async_show_code()

    async def async_step_entering_code(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Wait for the code to be entered."""
        return self._sign_in_steps().code()

    async def async_step_signed_in(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Go on with the account that the user signed in with."""
        outcome, client_id = await self._sign_in_steps().async_outcome()
        if not isinstance(outcome, SignedIn):
            return failed_form(self, outcome)
        known = None if self.source == SOURCE_USER else self._known()
        ours = self._async_current_ids(include_ignore=False)
        self._listed_server = ListedServerSteps(self, outcome, client_id, self._async_finish, known=known, ours=ours)
        return await self._listed_server.async_choose()

    async def async_step_sign_in_failed(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Go on after a sign-in that led to nothing."""
        return await async_next_step(self, user_input) if user_input else self._shown()

    async def async_step_select_server(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Choose one of the account's servers."""
        return await self._listed_server.async_select(user_input)

    async def async_step_new_address(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Confirm that a server has moved."""
        return await self._listed_server.async_new_address(user_input)

    async def async_step_address(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Enter the address of a server that none of the listed ones leads to."""
        return await self._listed_server.async_address(user_input) if user_input else self._shown()

    @callback
    @override
    def async_remove(self) -> None:
        """Ask plex.tv no more once the dialog is closed."""
        if self._sign_in:
            self._sign_in.cancel()

    def _sign_in_steps(self) -> SignInSteps:
        self._sign_in = self._sign_in or SignInSteps(self)
        return self._sign_in

    # What they share

    def _entry(self) -> ConfigEntry:
        return self._get_reauth_entry() if self.source == SOURCE_REAUTH else self._get_reconfigure_entry()

    def _known(self) -> KnownServer:
        """Return the server that the flow is about; only a flow that a user began to add one is about none."""
        if self.source == SOURCE_ZEROCONF:
            return KnownServer(self.unique_id, self.context["title_placeholders"]["name"], self._discovered)
        entry = self._entry()
        return KnownServer(entry.unique_id, entry.title, access_of(entry), is_set_up=True)

    def _shown(self) -> ConfigFlowResult:
        """Return the present form again: the frontend asks for it when its page is loaded anew."""
        return cast("ConfigFlowResult", self.cur_step)

    def _token_menu(self, *others: str, step_id: str, **placeholders: str) -> ConfigFlowResult:
        """Offer the ways to a token for a known server, and other steps."""
        return self.async_show_menu(
            step_id=step_id,
            menu_options=[*WAYS_TO_A_TOKEN, *others],
            description_placeholders={**self._known().placeholders, **placeholders},
        )

    def _new_core_servers(self) -> dict[str, CoreServer]:
        """The servers of the Plex integration that we do not have."""
        ours = self._async_current_ids(include_ignore=False)
        return {key: server for key, server in core_servers(self.hass).items() if key not in ours}

    async def _async_finish(self, server: Server, access: Access, client_id: str | None = None) -> ConfigFlowResult:
        """Create or update the entry of a server that has been tried out; `client_id` is that of a sign-in's token."""
        if self.source != SOURCE_USER and server.machine_identifier != self._known().identifier:
            return self.async_abort(reason="wrong_account")
        if self.source in {SOURCE_REAUTH, SOURCE_RECONFIGURE}:
            entry = self._entry()
            return self.async_update_reload_and_abort(entry, data=updated_data(entry, access, client_id))
        await self.async_set_unique_id(server.machine_identifier, raise_on_progress=False)
        self._abort_if_unique_id_configured()
        webhook_id = webhook.async_generate_id()
        return self.async_create_entry(
            title=server.name or URL(access.url).host or "Plex",
            data={**connection_data(access, client_id), CONF_WEBHOOK_ID: webhook_id},
            options=dict(DEFAULT_OPTIONS),
            description_placeholders={"webhook_url": webhook_url(self.hass, webhook_id)},
        )
