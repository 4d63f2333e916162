"""A sign-in from the view of a user: the dialog in Home Assistant and the pages of plex.tv."""

import asyncio
from dataclasses import dataclass
from typing import Any

from homeassistant.config_entries import SOURCE_USER, ConfigFlowResult
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.data_entry_flow import EVENT_DATA_ENTRY_FLOW_PROGRESSED, FlowResultType

from custom_components.plex_smart_scan.const import DOMAIN
from custom_components.plex_smart_scan.flows.pin_polling import Timing
from tests.fake_plex import FakePlex
from tests.fake_plex_tv import Account, Connection, FakePlexTv, browser

TIMING = "custom_components.plex_smart_scan.flows.pin_polling.TIMING"
QUICK_POLLING = Timing(poll=0.01, longest=0.04, gap=0.0, attempts=3)
# Wait for the browser without polling.
PATIENT = Timing(poll=1000, longest=1000, gap=0, attempts=1)

FAILED = (FlowResultType.FORM, "sign_in_failed")
ADDRESS = (FlowResultType.FORM, "address")
NO_SERVER = 9  # an unused port that refuses connections


def at(plex: FakePlex, **other: Any) -> Connection:
    """Return the address of a server as a connection in its local network."""
    return Connection.of("127.0.0.1", plex.port, **other)


@dataclass
class Dialog:
    """A config flow, and the plex.tv at which its user signs in."""

    hass: HomeAssistant
    plex_tv: FakePlexTv
    result: ConfigFlowResult

    @classmethod
    async def open(cls, hass: HomeAssistant, plex_tv: FakePlexTv) -> Dialog:
        """Begin to add a server."""
        result = await hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_USER})
        return cls(hass, plex_tv, result)

    @property
    def step(self) -> tuple[FlowResultType, str]:
        """What is shown."""
        return self.result["type"], self.result.get("step_id") or self.result.get("reason") or ""

    @property
    def errors(self) -> dict[str, str] | None:
        """Return the errors of the form."""
        return self.result["errors"]

    @property
    def placeholders(self) -> dict[str, str]:
        """Return the placeholders of the texts."""
        return dict(self.result["description_placeholders"] or {})

    @property
    def suggested(self) -> dict[str, Any]:
        """Return the suggested values of the form."""
        assert self.result["data_schema"] is not None
        return {str(key): (key.description or {}).get("suggested_value") for key in self.result["data_schema"].schema}

    async def send(self, data: dict[str, Any] | None = None) -> Dialog:
        """Send a form, or load the page again."""
        self.result = await self.hass.config_entries.flow.async_configure(self.result["flow_id"], data)
        return self

    async def choose(self, option: str) -> Dialog:
        """Choose from a menu."""
        return await self.send({"next_step_id": option})

    async def retry(self, way: str) -> Dialog:
        """Select how to continue after an error."""
        return await self.send({"next_step": way})

    async def moved_on(self) -> Dialog:
        """Wait until Home Assistant says that the flow has moved on, and load its step, as the frontend does."""
        progressed = asyncio.Event()

        @callback
        def look(event: Event) -> None:
            if event.data["flow_id"] == self.result["flow_id"]:
                progressed.set()

        stop = self.hass.bus.async_listen(EVENT_DATA_ENTRY_FLOW_PROGRESSED, look)
        if self._shows() == self.result.get("step_id"):
            await progressed.wait()
        stop()
        return await self.send()

    def _shows(self) -> str | None:
        flow = self.hass.config_entries.flow.async_get(self.result["flow_id"])
        return flow.get("step_id")

    async def sign_in(self, account: Account) -> Dialog:
        """Go to plex.tv's page, sign in, and come back."""
        await self.choose("sign_in")
        assert self.step == (FlowResultType.EXTERNAL_STEP, "signing_in")
        return await self.claim(account)

    async def claim(self, account: Account) -> Dialog:
        """Sign in at the page that is open, and come back."""
        await browser.sign_in(self.plex_tv, self.result["url"], account.username, forward=False)
        return await self.moved_on()

    async def enter_code(self, account: Account) -> Dialog:
        """Enter the code that is shown at plex.tv's page for it, and come back."""
        assert self.step == (FlowResultType.SHOW_PROGRESS, "entering_code")
        page = await browser.link(self.plex_tv, self.placeholders["code"], account.username)
        assert "Your device is linked" in page
        return await self.moved_on()
