"""The steps after a sign-in: the choice of a server that plex.tv lists for the account, and its address."""

from collections.abc import Awaitable, Callable, Set as AbstractSet
from dataclasses import dataclass
from typing import Any

from homeassistant.config_entries import ConfigFlow, ConfigFlowResult
from homeassistant.const import CONF_URL, CONF_VERIFY_SSL
from homeassistant.core import HomeAssistant
from homeassistant.helpers.translation import async_get_translations
import voluptuous as vol

from ..const import DOMAIN
from ..obtained_token import async_renew_tokens
from ..plex_tv import ListedServer, PlexTvErrorKind
from ..scanner.models import Server
from ..scanner.plex.access_token import Access
from ..scanner.safe_text import markdown_safe
from .addresses import Candidate, Found, Search, async_probe, async_search
from .connection import async_check, normalized_url
from .forms import ADDRESS_SCHEMA, CONF_SERVER, server_schema
from .polling import SignedIn
from .sign_in import failed_form

type Finish = Callable[[Server, Access, str], Awaitable[ConfigFlowResult]]


@dataclass(frozen=True, slots=True)
class KnownServer:
    """A server that a flow is about, and how it is reached so far. One that is set up keeps its URL if it can."""

    identifier: str | None
    name: str
    access: Access
    is_set_up: bool = False

    @property
    def placeholders(self) -> dict[str, str]:
        """What texts say of it."""
        return {"name": markdown_safe(self.name), "url": self.access.url}


class ListedServerSteps:
    """The steps of one config flow; `finish` takes the server, its access and the client identifier of the token.

    The flow is about the server that is `known`, or about any that is not among `ours`.
    """

    def __init__(
        self,
        flow: ConfigFlow,
        signed_in: SignedIn,
        client_id: str,
        finish: Finish,
        *,
        known: KnownServer | None,
        ours: AbstractSet[str | None],
    ) -> None:
        """Belong to a flow."""
        self._flow = flow
        self._signed_in = signed_in
        self._client_id = client_id
        self._finish = finish
        self._known = known
        self._ours = ours
        self._server: ListedServer
        self._found: Found
        self._tried = ""

    async def async_choose(self) -> ConfigFlowResult:
        """Go on with the server that is meant; ask only where there are several."""
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
        """Ask which of the account's servers is meant."""
        new = self._new_servers()
        if user_input is not None:
            return await self._async_connect(new[user_input[CONF_SERVER]])
        shared = ""
        if names := self._shared_names():
            shared = (await _async_texts(self._flow.hass))["sign_in_shared"].format(servers=names)
        return self._flow.async_show_form(
            step_id="select_server",
            data_schema=server_schema({key: server.name for key, server in new.items()}),
            description_placeholders={"account": self._signed_in.account, "shared": shared},
        )

    def _new_servers(self) -> dict[str, ListedServer]:
        """Return the account's own servers that are not set up, by identifier."""
        servers = {server.identifier: server for server in self._signed_in.servers if server.owned}
        return {key: server for key, server in servers.items() if key not in self._ours}

    def _shared_names(self) -> str:
        """Name the servers of other accounts."""
        return ", ".join(f"{server.name} ({server.owner})" for server in self._signed_in.servers if not server.owned)

    async def _async_connect(self, server: ListedServer) -> ConfigFlowResult:
        """Find the best address of a server, and go on with it."""
        self._server = server
        known = self._known
        # An announcement proves nothing: for a discovered server the token goes to the addresses that plex.tv lists.
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
        """Ask whether the known address is to be replaced by the one at which the server answers."""
        if user_input is not None:
            return await self._async_finish()
        old_url = self._known.access.url if self._known else ""
        placeholders = {"name": self._server.name, "old_url": old_url, "url": self._found.access.url}
        return self._flow.async_show_form(
            step_id="new_address", data_schema=vol.Schema({}), description_placeholders=placeholders
        )

    async def async_address(self, user_input: dict[str, Any]) -> ConfigFlowResult:
        """Try the address that the user has entered; the token goes to the server it is for, and to no other."""
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
        """Show what was tried, and ask for another address; the token stays here."""
        suggested = {CONF_URL: candidate.url, CONF_VERIFY_SSL: candidate.verify_ssl} if candidate else {}
        return self._flow.async_show_form(
            step_id="address",
            data_schema=self._flow.add_suggested_values_to_schema(ADDRESS_SCHEMA, user_input or suggested),
            errors=errors,
            description_placeholders={"name": self._server.name, "tried": self._tried},
        )

    async def _async_finish(self) -> ConfigFlowResult:
        """Hand the server over to the flow."""
        server, access = self._found.server, self._found.access
        async_renew_tokens(self._flow.hass, self._client_id, self._signed_in.servers, but=server.machine_identifier)
        return await self._finish(server, access, self._client_id)

    def _failed(self, error: str) -> ConfigFlowResult:
        return failed_form(
            self._flow,
            error,
            account=self._signed_in.account,
            name=self._known.name if self._known else "",
            servers=self._shared_names(),
        )


def _listed(search: Search, texts: dict[str, str]) -> str:
    """Return the addresses that were tried, with a reason each, as a list in Markdown."""
    return "\n".join(
        f"- `{candidate.url}`: {texts[f'tried_{reason}']}" for candidate, reason in search.failures.items()
    )


async def _async_texts(hass: HomeAssistant) -> dict[str, str]:
    """Return the sentences that stand in placeholders, in Home Assistant's language."""
    texts = await async_get_translations(hass, hass.config.language, "common", {DOMAIN})
    return {key.rpartition(".")[2]: text for key, text in texts.items()}
