"""The steps that reauthenticate or reconfigure a server."""

from collections.abc import Mapping
from typing import Any

from homeassistant.components import webhook
from homeassistant.config_entries import ConfigFlowResult
from homeassistant.const import CONF_URL, CONF_VERIFY_SSL, CONF_WEBHOOK_ID
from homeassistant.loader import async_get_integration
import voluptuous as vol

from ..const import DOMAIN
from ..scanner import markdown_safe
from .check_connection import OTHER_SERVER, async_check_input
from .forms import CONF_SCRIPT, RECONFIGURE_SCHEMA, SCRIPT_SCHEMA
from .sender_script import async_script_link, webhook_url
from .server_flow import EXAMPLE_URL, ServerFlow


class ConfiguredServerSteps(ServerFlow):
    """Steps for a server that is already set up."""

    async def async_step_reauth(self, entry_data: Mapping[str, Any]) -> ConfigFlowResult:
        """Handle a rejected access token."""
        return await self.async_step_reauth_confirm()

    async def async_step_reauth_confirm(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Offer the ways to get a new token."""
        return self._token_menu(step_id="reauth_confirm")

    async def async_step_reconfigure(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Show the webhook URL and offer the settings that can be changed."""
        url = webhook_url(self.hass, self._entry().data[CONF_WEBHOOK_ID])
        return self._token_menu("script", "new_webhook", step_id="reconfigure", webhook_url=url)

    async def async_step_new_webhook(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Replace the webhook URL. The old URL stops working immediately."""
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
        """Offer the script of a program with the webhook URL filled in."""
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
        """Change the URL or the access token of a server."""
        entry = self._entry()
        errors: dict[str, str] = {}
        if user_input is not None:
            # An empty field keeps the current token.
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
            description_placeholders={"name": markdown_safe(entry.title), "example_url": EXAMPLE_URL},
        )
