"""Config flow of the Plex Smart Scan integration."""

from collections.abc import Mapping
import logging
from typing import Any, Final, override

from homeassistant.components import webhook
from homeassistant.config_entries import ConfigEntry, ConfigFlow, ConfigFlowResult, OptionsFlowWithReload
from homeassistant.const import CONF_TOKEN, CONF_URL, CONF_VERIFY_SSL, CONF_WEBHOOK_ID
from homeassistant.core import HomeAssistant, callback
from homeassistant.data_entry_flow import section
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.network import NoURLAvailableError
from homeassistant.helpers.selector import (
    BooleanSelector,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    ObjectSelector,
    ObjectSelectorConfig,
    ObjectSelectorField,
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)
from homeassistant.helpers.service_info.zeroconf import ZeroconfServiceInfo
from homeassistant.util.network import is_ip_address
import voluptuous as vol
from yarl import URL

from .const import (
    CONF_DETAILED_LOGGING,
    CONF_DUPLICATE_DETECTION,
    CONF_FROM,
    CONF_LOCAL,
    CONF_PATH_MAPPINGS,
    CONF_SMART_SCANNING,
    CONF_TO,
    CONF_VALIDATE_MEDIA,
    CONF_VALIDATION_TIMEOUT,
    CONF_WEBHOOK_LOCAL_ONLY,
    DEFAULT_OPTIONS,
    DOMAIN,
)
from .core_plex import CoreServer, core_server, core_servers
from .options import Row, mapping_of, rows_that_fit_nothing
from .scanner.gateway import Access, PlexGateway
from .scanner.models import Server
from .scanner.paths import InvalidPathError
from .scanner.rest import identify
from .scanner.retry import ErrorKind, PlexError

_LOGGER: Final = logging.getLogger(__name__)

CONF_SERVER: Final = "server"
SECTION_SCANNING: Final = "scanning"
SECTION_MAPPINGS: Final = "mappings"
SECTION_NOTIFICATIONS: Final = "notifications"

EXAMPLE_URL: Final = "http://192.168.1.10:32400"
REQUEST_TIMEOUT: Final = 15.0  # seconds: somebody is waiting in front of the form

_ERRORS: Final = {
    ErrorKind.AUTH: "invalid_auth",
    ErrorKind.PERMISSION: "no_permission",
    ErrorKind.TLS: "ssl_error",
    ErrorKind.TIMEOUT: "timeout",
    # Something answers, but not as Plex does.
    ErrorKind.NOT_PLEX: "not_plex",
    ErrorKind.NOT_FOUND: "not_plex",
    ErrorKind.BAD_REQUEST: "not_plex",
    ErrorKind.BROKEN_ANSWER: "not_plex",
}

_URL_SELECTOR: Final = TextSelector(TextSelectorConfig(type=TextSelectorType.URL))
_TOKEN_SELECTOR: Final = TextSelector(TextSelectorConfig(type=TextSelectorType.PASSWORD, autocomplete="off"))

MANUAL_SCHEMA: Final = vol.Schema(
    {
        vol.Required(CONF_URL): _URL_SELECTOR,
        vol.Required(CONF_TOKEN): _TOKEN_SELECTOR,
        vol.Required(CONF_VERIFY_SSL, default=True): BooleanSelector(),
    }
)
TOKEN_SCHEMA: Final = vol.Schema({vol.Required(CONF_TOKEN): _TOKEN_SELECTOR})
RECONFIGURE_SCHEMA: Final = vol.Schema(
    {
        vol.Required(CONF_URL): _URL_SELECTOR,
        vol.Optional(CONF_TOKEN): _TOKEN_SELECTOR,
        vol.Required(CONF_VERIFY_SSL): BooleanSelector(),
    }
)
_COLUMNS: Final[dict[str, ObjectSelectorField]] = {
    CONF_FROM: {"selector": TextSelector(), "required": True},
    CONF_TO: {"selector": TextSelector(), "required": True},
    CONF_LOCAL: {"selector": TextSelector()},
}
OPTIONS_SCHEMA: Final = vol.Schema(
    {
        vol.Required(SECTION_SCANNING): section(
            vol.Schema(
                {
                    vol.Required(CONF_SMART_SCANNING): BooleanSelector(),
                    vol.Required(CONF_DUPLICATE_DETECTION): BooleanSelector(),
                    vol.Required(CONF_VALIDATE_MEDIA): BooleanSelector(),
                    vol.Required(CONF_VALIDATION_TIMEOUT): vol.All(
                        NumberSelector(
                            NumberSelectorConfig(
                                min=5, max=3600, step=1, mode=NumberSelectorMode.BOX, unit_of_measurement="s"
                            )
                        ),
                        vol.Coerce(int),
                    ),
                    vol.Required(CONF_DETAILED_LOGGING): BooleanSelector(),
                }
            )
        ),
        vol.Required(SECTION_MAPPINGS): section(
            vol.Schema(
                {
                    vol.Optional(CONF_PATH_MAPPINGS, default=list): ObjectSelector(
                        ObjectSelectorConfig(
                            fields=_COLUMNS,
                            multiple=True,
                            label_field=CONF_FROM,
                            description_field=CONF_TO,
                            translation_key=CONF_PATH_MAPPINGS,
                        )
                    )
                }
            )
        ),
        vol.Required(SECTION_NOTIFICATIONS): section(
            vol.Schema({vol.Required(CONF_WEBHOOK_LOCAL_ONLY): BooleanSelector()})
        ),
    }
)


def normalized_url(text: str) -> str:
    """Return the server's address: with a scheme, and without what a browser's address bar adds to it.

    Raises ValueError for what is no address.
    """
    url = URL(text.strip() if "://" in text else f"http://{text.strip()}")
    if not url.host or url.scheme not in {"http", "https"}:
        raise ValueError(text)
    path = url.path.split("/web", 1)[0].rstrip("/")
    return f"{url.origin()}{path}"


async def async_check(access: Access) -> tuple[Server | None, dict[str, str]]:
    """Try an access out: who answers, and whether the token may read and scan. Returns the form's errors too."""
    gateway = PlexGateway(access, timeout=REQUEST_TIMEOUT)
    try:
        server = await gateway.server()
        await gateway.libraries()
        await gateway.check_rights()
    except PlexError as error:
        _LOGGER.debug("Cannot use %s: %s", access, error)
        return None, {"base": _ERRORS.get(error.kind, "cannot_connect")}
    except Exception:
        _LOGGER.exception("Unexpected error with %s", access)
        return None, {"base": "unknown"}
    finally:
        await gateway.close()
    return server, {}


class PlexSmartScanConfigFlow(ConfigFlow, domain=DOMAIN):
    """Handle the set-up of a Plex server."""

    VERSION = 1

    _discovered_url: str
    _discovered_core: CoreServer | None = None

    @staticmethod
    @callback
    @override
    def async_get_options_flow(config_entry: ConfigEntry) -> PlexSmartScanOptionsFlow:
        """Return the options flow."""
        return PlexSmartScanOptionsFlow()

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
        address = URL.build(scheme="http", host=discovery_info.host, port=discovery_info.port or 32400)
        try:
            identifier = await identify(async_get_clientsession(self.hass), str(address))
        except PlexError:
            return self.async_abort(reason="cannot_connect")
        entry = await self.async_set_unique_id(identifier)
        self._abort_if_unique_id_configured(updates=_moved(entry, address) if entry else None)
        self._discovered_url = str(address)
        self._discovered_core = core_server(self.hass, identifier)
        name = self._discovered_core.name if self._discovered_core else discovery_info.name.partition(".")[0]
        self.context["title_placeholders"] = {"name": name}
        return await self.async_step_zeroconf_confirm()

    async def async_step_zeroconf_confirm(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the token, unless the Plex integration has one."""
        core = self._discovered_core
        errors: dict[str, str] = {}
        if user_input is not None:
            access = core.access if core else Access(url=self._discovered_url, token=user_input[CONF_TOKEN])
            server, errors = await async_check(access)
            if server and server.machine_identifier != self.unique_id:
                return self.async_abort(reason="wrong_account")
            if server:
                return await self._async_create(server, access)
        return self.async_show_form(
            step_id="zeroconf_confirm",
            data_schema=vol.Schema({}) if core else TOKEN_SCHEMA,
            errors=errors,
            description_placeholders={**self.context["title_placeholders"], "url": self._discovered_url},
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
                return self.async_update_reload_and_abort(entry, data_updates=_connection_data(access))
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
            data={**_connection_data(access), CONF_WEBHOOK_ID: webhook_id},
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
            options[CONF_PATH_MAPPINGS] = [_tidy(row) for row in options[CONF_PATH_MAPPINGS]]
            errors, placeholders["rows"] = self._check(options[CONF_PATH_MAPPINGS])
            if not errors:
                return self.async_create_entry(data=options)
        return self.async_show_form(
            step_id="init",
            data_schema=self.add_suggested_values_to_schema(OPTIONS_SCHEMA, _in_sections(options)),
            errors=errors,
            description_placeholders=placeholders,
        )

    def _check(self, rows: list[Row]) -> tuple[dict[str, str], str]:
        """Test the mappings against the libraries; returns the form's errors, and the rows they are about.

        Rows that fit nothing are saved when they are sent a second time: their library may be yet to come.
        """
        broken = [row for row in rows if not _is_valid(row)]
        if broken:
            return {"base": "invalid_mapping"}, _listed(broken)
        coordinator = getattr(self.config_entry, "runtime_data", None)
        useless = rows_that_fit_nothing(rows, coordinator.scanner.libraries) if coordinator else []
        if useless and useless != self._warned_of:
            self._warned_of = useless
            return {"base": "mapping_fits_nothing"}, _listed(useless)
        return {}, ""


def _webhook_url(hass: HomeAssistant, webhook_id: str) -> str:
    """Return the webhook's address in the local network; without its host where Home Assistant does not know it."""
    try:
        return webhook.async_generate_url(hass, webhook_id, prefer_external=False)
    except NoURLAvailableError:
        return webhook.async_generate_path(webhook_id)


def _connection_data(access: Access) -> dict[str, Any]:
    return {CONF_URL: access.url, CONF_TOKEN: access.token, CONF_VERIFY_SSL: access.verify_ssl}


def _moved(entry: ConfigEntry, address: URL) -> dict[str, str] | None:
    """Return the new URL of a server that moved; a name chosen by a person is left alone."""
    url = URL(entry.data[CONF_URL])
    if not url.host or not is_ip_address(url.host) or (url.host, url.port) == (address.host, address.port):
        return None
    return {CONF_URL: str(url.with_host(address.host or "").with_port(address.port))}


def _tidy(row: Row) -> dict[str, str]:
    """Leave out the columns that are empty."""
    return {key: value.strip() for key, value in row.items() if value and value.strip()}


def _is_valid(row: Row) -> bool:
    try:
        mapping_of(row)
    except InvalidPathError, KeyError:
        return False
    return True


def _listed(rows: list[Row]) -> str:
    return ", ".join(f"{row.get(CONF_FROM, '')} → {row.get(CONF_TO, '')}" for row in rows)


def _in_sections(options: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Arrange the options as the form shows them."""
    return {
        str(name): {str(key): options[key] for key in fields.schema.schema}
        for name, fields in OPTIONS_SCHEMA.schema.items()
    }
