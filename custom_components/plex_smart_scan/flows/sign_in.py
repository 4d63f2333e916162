"""The steps of a sign-in at plex.tv: the sign-in page or a short code, and the form after an error."""

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
from ..plex_tv import Pin, PlexTv, PlexTvError, PlexTvErrorKind
from ..plex_tv_token import async_plex_tv
from ..scanner import safe_error
from .callback_view import CALLBACK_PATH, async_expect_no_return, async_expect_return, frontend_base
from .pin_polling import SignedIn, async_signed_in

_LOGGER: Final = logging.getLogger(__name__)

CONF_NEXT_STEP: Final = "next_step"
# The ways to get a token, offered in menus and after a failed sign-in.
WAYS_TO_A_TOKEN: Final = ["sign_in", "sign_in_code", "manual"]

type Step = Callable[[], Awaitable[ConfigFlowResult]]


class SignInSteps:
    """The sign-in of one config flow. Home Assistant polls plex.tv, even if the browser window is closed."""

    def __init__(self, flow: ConfigFlow) -> None:
        """Store the flow."""
        self._flow = flow
        self._client: PlexTv
        self._pin: Pin
        self._url = ""
        self._waiting: asyncio.Task[SignedIn | PlexTvErrorKind]

    async def async_open_page(self) -> ConfigFlowResult:
        """Open the page of plex.tv, or return the form with the error."""
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
        """Show the progress until the sign-in is finished."""
        if self._waiting.done():
            return self._flow.async_external_step_done(next_step_id="signed_in")
        return self._flow.async_external_step(step_id="signing_in", url=self._url)

    async def async_show_code(self) -> ConfigFlowResult:
        """Show a code to enter at plex.tv, or return the form with the error."""
        if error := await self._async_create_pin(strong=False):
            return failed_form(self._flow, error)
        self._wait(asyncio.Event())
        return self.code()

    def code(self) -> ConfigFlowResult:
        """Show the code until the sign-in is finished."""
        if self._waiting.done():
            return self._flow.async_show_progress_done(next_step_id="signed_in")
        return self._flow.async_show_progress(
            step_id="entering_code",
            progress_action="enter_code",
            description_placeholders={"code": self._pin.code, "url": plex_tv.LINK_PAGE_URL},
            progress_task=self._waiting,
        )

    async def async_outcome(self) -> tuple[SignedIn | PlexTvErrorKind, str]:
        """Return the signed-in account or the error, and the client identifier."""
        return await self._waiting, self._client.client_id

    @callback
    def cancel(self) -> None:
        """Stop polling plex.tv."""
        async_expect_no_return(self._flow.hass, self._flow.flow_id)
        if waiting := getattr(self, "_waiting", None):
            waiting.remove_done_callback(self._leave_page)
            waiting.cancel()

    async def _async_create_pin(self, *, strong: bool, origin: str | None = None) -> PlexTvErrorKind | None:
        """Create a new PIN; return the error, if any."""
        self.cancel()
        try:
            self._client = await async_plex_tv(self._flow.hass)
            self._pin = await self._client.create_pin(strong=strong, origin=origin)
        except PlexTvError as error:
            _LOGGER.debug("Failed to create a PIN: %s", error)
            return error.kind
        return None

    def _wait(self, returned: asyncio.Event) -> None:
        """Wait for the user in the background until the PIN expires."""
        self._waiting = self._flow.hass.async_create_background_task(self._async_wait(returned), f"{DOMAIN} sign-in")

    async def _async_wait(self, returned: asyncio.Event) -> SignedIn | PlexTvErrorKind:
        try:
            return await async_signed_in(self._client, self._pin, returned)
        except PlexTvError as error:
            _LOGGER.debug("Failed to sign in: %s", error)
            return error.kind
        except Exception as error:
            _LOGGER.exception("Unexpected error while signing in", exc_info=safe_error(error))
            return PlexTvErrorKind.UNEXPECTED

    @callback
    def _leave_page(self, task: asyncio.Task[SignedIn | PlexTvErrorKind]) -> None:
        """Continue the flow, which notifies the frontend."""
        step = self._flow.cur_step
        # The dialog may have already continued.
        if not task.cancelled() and step and step["step_id"] == "signing_in":
            self._flow.hass.async_create_task(self._async_call_step(), f"{DOMAIN} sign-in")

    async def _async_call_step(self) -> None:
        try:
            await self._flow.hass.config_entries.flow.async_configure(self._flow.flow_id)
        except UnknownFlow:
            _LOGGER.debug("The dialog was closed during the sign-in")


def failed_form(
    flow: ConfigFlow, error: str, *, account: str = "", name: str = "", servers: str = ""
) -> ConfigFlowResult:
    """Show the sign-in error and ask how to continue."""
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
    """Continue with the step that the user selected."""
    step: Step = getattr(flow, f"async_step_{user_input[CONF_NEXT_STEP]}")
    return await step()
