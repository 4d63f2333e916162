"""Config flow of the Plex Smart Scan integration."""

from dataclasses import replace
from typing import Any, override

from homeassistant.config_entries import (
    SOURCE_REAUTH,
    SOURCE_RECONFIGURE,
    SOURCE_USER,
    SOURCE_ZEROCONF,
    ConfigEntry,
    ConfigFlowResult,
    ConfigSubentryFlow,
)
from homeassistant.const import CONF_TOKEN
from homeassistant.core import callback

from .arr.connected_downloaders import SUBENTRY_DOWNLOADER
from .const import DOMAIN
from .flows.check_connection import OTHER_SERVER, async_check, async_check_input
from .flows.configured_server_steps import ConfiguredServerSteps
from .flows.discovery_steps import DiscoverySteps
from .flows.downloader import DownloaderSubentryFlow
from .flows.forms import (
    CONF_SERVER,
    MANUAL_SCHEMA,
    TOKEN_SCHEMA,
    server_schema,
)
from .flows.listed_server import ListedServerSteps
from .flows.options_flow import PlexSmartScanOptionsFlow
from .flows.pin_polling import SignedIn
from .flows.server_flow import EXAMPLE_URL
from .flows.sign_in import WAYS_TO_A_TOKEN, SignInSteps, async_next_step, failed_form


class PlexSmartScanConfigFlow(DiscoverySteps, ConfiguredServerSteps, domain=DOMAIN):
    """Config flow of a Plex server."""

    VERSION = 1

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
        """Return the flow that connects downloaders."""
        return {SUBENTRY_DOWNLOADER: DownloaderSubentryFlow}

    # New servers

    @override
    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Offer the ways to add a server. `core` needs a server of the Plex integration that is not set up here."""
        core = ["core"] if self._new_core_servers() else []
        return self.async_show_menu(step_id="user", menu_options=[*core, *WAYS_TO_A_TOKEN])

    async def async_step_core(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Add a server of the Plex integration."""
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
        """Ask for the URL and the access token, or only for the unknown ones."""
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

    async def async_step_token(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the access token of a server with a known URL."""
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

    # Sign in with Plex

    async def async_step_sign_in(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Open the sign-in page of plex.tv."""
        return await self._sign_in_steps().async_open_page()

    async def async_step_signing_in(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Wait until the user has signed in on the page."""
        return self._sign_in_steps().page()

    async def async_step_sign_in_code(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Show a code to enter at plex.tv."""
        return await self._sign_in_steps().async_show_code()

    async def async_step_entering_code(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Wait until the user has entered the code."""
        return self._sign_in_steps().code()

    async def async_step_signed_in(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Continue with the account that the user signed in with."""
        outcome, client_id = await self._sign_in_steps().async_outcome()
        if not isinstance(outcome, SignedIn):
            return failed_form(self, outcome)
        known = None if self.source == SOURCE_USER else self._known()
        configured = self._async_current_ids(include_ignore=False)
        self._listed_server = ListedServerSteps(
            self, outcome, client_id, self._async_finish, known=known, configured=configured
        )
        return await self._listed_server.async_choose()

    async def async_step_sign_in_failed(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Continue after a failed sign-in."""
        return await async_next_step(self, user_input) if user_input else self._shown()

    async def async_step_select_server(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Select one of the servers of the account."""
        return await self._listed_server.async_select(user_input)

    async def async_step_new_address(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Confirm the new URL of a server."""
        return await self._listed_server.async_new_address(user_input)

    async def async_step_address(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the URL of a server that responds at none of the listed URLs."""
        return await self._listed_server.async_address(user_input) if user_input else self._shown()

    @callback
    @override
    def async_remove(self) -> None:
        """Stop polling plex.tv when the dialog is closed."""
        if self._sign_in:
            self._sign_in.cancel()

    def _sign_in_steps(self) -> SignInSteps:
        self._sign_in = self._sign_in or SignInSteps(self)
        return self._sign_in
