"""The steps in which a user signs in at plex.tv: its page or a short code, and what to do when that fails."""

import asyncio
from collections.abc import Awaitable, Callable
import logging
from typing import Any, Final

from homeassistant.config_entries import ConfigFlow, ConfigFlowResult
from homeassistant.core import callback
from homeassistant.data_entry_flow import UnknownFlow
from homeassistant.helpers.selector import SelectSelector, SelectSelectorConfig, SelectSelectorMode
import voluptuous as vol

from .. import plex_tv
from ..const import DOMAIN
from ..obtained_token import async_plex_tv
from ..plex_tv import Pin, PlexTv, PlexTvError, PlexTvErrorKind
from .callback_view import CALLBACK_PATH, async_expect_no_return, async_expect_return, frontend_base
from .polling import SignedIn, async_signed_in

_LOGGER: Final = logging.getLogger(__name__)

CONF_NEXT_STEP: Final = "next_step"
# The ways to a token, in every menu; also what is offered when a sign-in failed.
WAYS_TO_A_TOKEN: Final = ["sign_in", "sign_in_code", "manual"]

type Step = Callable[[], Awaitable[ConfigFlowResult]]


class SignInSteps:
    """The sign-in of one config flow. plex.tv is asked by Home Assistant, whatever becomes of the browser's window."""

    def __init__(self, flow: ConfigFlow) -> None:
        """Belong to a flow."""
        self._flow = flow
        self._client: PlexTv
        self._pin: Pin
        self._url = ""
        self._waiting: asyncio.Task[SignedIn | PlexTvErrorKind]

    async def async_open_page(self) -> ConfigFlowResult:
        """Open plex.tv's page, or return the form that says why not."""
        base = frontend_base()
        if error := await self._async_create_pin(strong=True, origin=base):
            return failed_form(self._flow, error)
        forward_url = f"{base}{CALLBACK_PATH}?flow_id={self._flow.flow_id}" if base else None
        self._url = self._client.auth_page(self._pin, forward_url)
        returned = asyncio.Event()
        async_expect_return(self._flow.hass, self._flow.flow_id, returned)
        self._wait(returned)
        self._waiting.add_done_callback(self._leave_page)
        return self.page()

    def page(self) -> ConfigFlowResult:
        """Stay at the page until the sign-in is over."""
        if self._waiting.done():
            return self._flow.async_external_step_done(next_step_id="signed_in")
        return self._flow.async_external_step(step_id="signing_in", url=self._url)

    async def async_show_code(self) -> ConfigFlowResult:
        """Show a code that the user enters at plex.tv, on any device, or return the form that says why not."""
        if error := await self._async_create_pin(strong=False):
            return failed_form(self._flow, error)
        self._wait(asyncio.Event())
        return self.code()

    def code(self) -> ConfigFlowResult:
        """Show the code until the sign-in is over."""
        if self._waiting.done():
            return self._flow.async_show_progress_done(next_step_id="signed_in")
        return self._flow.async_show_progress(
            step_id="entering_code",
            progress_action="enter_code",
            description_placeholders={"code": self._pin.code, "url": plex_tv.LINK_PAGE_URL},
            progress_task=self._waiting,
        )

    async def async_outcome(self) -> tuple[SignedIn | PlexTvErrorKind, str]:
        """Return the account that the user signed in with, or what went wrong; and this client's identifier."""
        return await self._waiting, self._client.client_id

    @callback
    def cancel(self) -> None:
        """Stop asking plex.tv."""
        async_expect_no_return(self._flow.hass, self._flow.flow_id)
        if waiting := getattr(self, "_waiting", None):
            waiting.remove_done_callback(self._leave_page)
            waiting.cancel()

    async def _async_create_pin(self, *, strong: bool, origin: str | None = None) -> PlexTvErrorKind | None:
        """Make a PIN, in place of the last one; returns what went wrong."""
        self.cancel()
        try:
            self._client = await async_plex_tv(self._flow.hass)
            self._pin = await self._client.create_pin(strong=strong, origin=origin)
        except PlexTvError as error:
            _LOGGER.debug("No PIN: %s", error)
            return error.kind
        return None

    def _wait(self, returned: asyncio.Event) -> None:
        """Wait for the user in the background, as long as the PIN lasts."""
        self._waiting = self._flow.hass.async_create_background_task(self._async_wait(returned), f"{DOMAIN} sign-in")

    async def _async_wait(self, returned: asyncio.Event) -> SignedIn | PlexTvErrorKind:
        try:
            return await async_signed_in(self._client, self._pin, returned)
        except PlexTvError as error:
            _LOGGER.debug("Not signed in: %s", error)
            return error.kind
        except Exception:
            _LOGGER.exception("Unexpected error during the sign-in")
            return PlexTvErrorKind.UNEXPECTED

    @callback
    def _leave_page(self, task: asyncio.Task[SignedIn | PlexTvErrorKind]) -> None:
        """Have the flow go on, which tells the frontend."""
        step = self._flow.cur_step
        # The dialog may have found out by itself that the sign-in is over.
        if not task.cancelled() and step and step["step_id"] == "signing_in":
            self._flow.hass.async_create_task(self._async_call_step(), f"{DOMAIN} sign-in")

    async def _async_call_step(self) -> None:
        try:
            await self._flow.hass.config_entries.flow.async_configure(self._flow.flow_id)
        except UnknownFlow:
            _LOGGER.debug("The dialog was closed meanwhile")


def failed_form(
    flow: ConfigFlow, error: str, *, account: str = "", name: str = "", servers: str = ""
) -> ConfigFlowResult:
    """Say why a sign-in led to nothing, and ask how to go on."""
    ways = SelectSelectorConfig(
        options=WAYS_TO_A_TOKEN, translation_key="ways_to_a_token", mode=SelectSelectorMode.LIST
    )
    return flow.async_show_form(
        step_id="sign_in_failed",
        data_schema=vol.Schema({vol.Required(CONF_NEXT_STEP, default=WAYS_TO_A_TOKEN[0]): SelectSelector(ways)}),
        errors={"base": str(error)},
        description_placeholders={"account": account, "name": name, "servers": servers},
    )


async def async_next_step(flow: ConfigFlow, user_input: dict[str, Any]) -> ConfigFlowResult:
    """Go on as the user has chosen in that form."""
    step: Step = getattr(flow, f"async_step_{user_input[CONF_NEXT_STEP]}")
    return await step()
