"""The steps after a sign-in: selecting a server of the account, and finding its URL."""

from collections.abc import Awaitable, Callable, Set as AbstractSet
from dataclasses import dataclass
from typing import Any

from homeassistant.config_entries import ConfigFlow, ConfigFlowResult
from homeassistant.const import CONF_URL, CONF_VERIFY_SSL
from homeassistant.core import HomeAssistant
from homeassistant.helpers.translation import async_get_translations
import voluptuous as vol

from ..const import DOMAIN
from ..plex_tv import ListedServer, PlexTvErrorKind
from ..plex_tv_token import async_renew_tokens
from ..scanner import Access, Server, code_safe, markdown_safe
from .addresses import Candidate, Found, Search, async_probe, async_search
from .check_connection import async_check, normalized_url
from .forms import ADDRESS_SCHEMA, CONF_SERVER, server_schema
from .pin_polling import SignedIn
from .sign_in import failed_form

type Finish = Callable[[Server, Access, str], Awaitable[ConfigFlowResult]]


@dataclass(frozen=True, slots=True)
class KnownServer:
    """The server that a flow is about, and its current access. A configured server keeps its URL if possible."""

    identifier: str | None
    name: str
    access: Access
    is_set_up: bool = False

    @property
    def placeholders(self) -> dict[str, str]:
        """Return the placeholders for texts."""
        return {"name": markdown_safe(self.name), "url": self.access.url}


class ListedServerSteps:
    """The steps for one config flow. `finish` receives the server, its access and the client identifier of the token.

    The flow is about the `known` server, or about any server whose identifier is not in `configured`.
    """

    def __init__(
        self,
        flow: ConfigFlow,
        signed_in: SignedIn,
        client_id: str,
        finish: Finish,
        *,
        known: KnownServer | None,
        configured: AbstractSet[str | None],
    ) -> None:
        """Store the flow and its data."""
        self._flow = flow
        self._signed_in = signed_in
        self._client_id = client_id
        self._finish = finish
        self._known = known
        self._configured = configured
        self._server: ListedServer
        self._found: Found
        self._tried = ""

    async def async_choose(self) -> ConfigFlowResult:
        """Continue with the known or only server, or ask the user."""
        servers = self._signed_in.servers
        if self._known:
            listed = next((server for server in servers if server.identifier == self._known.identifier), None)
            if not listed:
                return self._failed("server_not_listed")
            return await self._async_connect(listed) if listed.owned else self._failed("not_owner")
        if not any(server.owned for server in servers):
            return self._failed("only_shared" if servers else "no_servers")
        new = self._new_servers()
        if not new:
            return self._flow.async_abort(reason="already_configured")
        if len(new) == 1:
            return await self._async_connect(*new.values())
        return await self.async_select()

    async def async_select(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for a server of the account."""
        new = self._new_servers()
        if user_input is not None:
            return await self._async_connect(new[user_input[CONF_SERVER]])
        shared = ""
        if names := self._shared_names():
            shared = (await _async_texts(self._flow.hass))["sign_in_shared"].format(servers=names)
        return self._flow.async_show_form(
            step_id="select_server",
            data_schema=server_schema({key: server.name for key, server in new.items()}),
            description_placeholders={"account": markdown_safe(self._signed_in.account), "shared": shared},
        )

    def _new_servers(self) -> dict[str, ListedServer]:
        """Return the account's own servers that are not set up, by identifier."""
        servers = {server.identifier: server for server in self._signed_in.servers if server.owned}
        return {key: server for key, server in servers.items() if key not in self._configured}

    def _shared_names(self) -> str:
        """Return the names of servers that belong to other accounts."""
        shared = (f"{server.name} ({server.owner})" for server in self._signed_in.servers if not server.owned)
        return markdown_safe(", ".join(shared))

    async def _async_connect(self, server: ListedServer) -> ConfigFlowResult:
        """Find the best URL of a server and continue with it."""
        self._server = server
        known = self._known
        # Announcements can be forged, so the token for a discovered server is sent only to URLs that plex.tv lists.
        current = Candidate(known.access.url, known.access.verify_ssl) if known and known.is_set_up else None
        search = await async_search(self._flow.hass, server, current)
        if search.found:
            self._found = search.found
            moved = known and known.is_set_up and known.access.url != search.found.access.url
            return await (self.async_new_address() if moved else self._async_finish())
        failures = set(search.failures.values())
        if "no_permission" in failures:
            return self._failed("no_permission")
        if "invalid_auth" in failures:
            return self._failed(PlexTvErrorKind.REJECTED)
        self._tried = _listed(search, await _async_texts(self._flow.hass))
        return self._address_form(search.unverified or next(iter(search.failures), None))

    async def async_new_address(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask whether to replace the configured URL by the one at which the server responds."""
        if user_input is not None:
            return await self._async_finish()
        old_url = self._known.access.url if self._known else ""
        placeholders = {"name": markdown_safe(self._server.name), "old_url": old_url, "url": self._found.access.url}
        return self._flow.async_show_form(
            step_id="new_address", data_schema=vol.Schema({}), description_placeholders=placeholders
        )

    async def async_address(self, user_input: dict[str, Any]) -> ConfigFlowResult:
        """Check the URL that the user entered. The token is sent to the right server only."""
        try:
            candidate = Candidate(normalized_url(user_input[CONF_URL]), user_input[CONF_VERIFY_SSL])
        except ValueError:
            return self._address_form(None, user_input, {CONF_URL: "cannot_connect"})
        probe = await async_probe(self._flow.hass, self._server.identifier, candidate)
        if probe.failure:
            return self._address_form(None, user_input, {"base": probe.failure})
        access = candidate.access(self._server)
        server, errors = await async_check(access)
        if not server or server.machine_identifier != self._server.identifier:
            return self._address_form(None, user_input, errors or {"base": "other_server"})
        self._found = Found(server, access)
        return await self._async_finish()

    def _address_form(
        self,
        candidate: Candidate | None,
        user_input: dict[str, Any] | None = None,
        errors: dict[str, str] | None = None,
    ) -> ConfigFlowResult:
        """Show the URLs that were tried and ask for another one. The token is not part of the form."""
        suggested = {CONF_URL: candidate.url, CONF_VERIFY_SSL: candidate.verify_ssl} if candidate else {}
        return self._flow.async_show_form(
            step_id="address",
            data_schema=self._flow.add_suggested_values_to_schema(ADDRESS_SCHEMA, user_input or suggested),
            errors=errors,
            description_placeholders={"name": markdown_safe(self._server.name), "tried": self._tried},
        )

    async def _async_finish(self) -> ConfigFlowResult:
        """Pass the server to the flow."""
        server, access = self._found.server, self._found.access
        async_renew_tokens(self._flow.hass, self._client_id, self._signed_in.servers, skip=server.machine_identifier)
        return await self._finish(server, access, self._client_id)

    def _failed(self, error: str) -> ConfigFlowResult:
        return failed_form(
            self._flow,
            error,
            account=markdown_safe(self._signed_in.account),
            name=markdown_safe(self._known.name) if self._known else "",
            servers=self._shared_names(),
        )


def _listed(search: Search, texts: dict[str, str]) -> str:
    """Return the URLs that were tried, with a reason for each, as a Markdown list."""
    return "\n".join(
        f"- `{code_safe(candidate.url)}`: {texts[f'tried_{reason}']}" for candidate, reason in search.failures.items()
    )


async def _async_texts(hass: HomeAssistant) -> dict[str, str]:
    """Return the translated texts for placeholders."""
    texts = await async_get_translations(hass, hass.config.language, "common", {DOMAIN})
    return {key.rpartition(".")[2]: text for key, text in texts.items()}
