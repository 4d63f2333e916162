"""A page of Home Assistant in a browser, with methods for the actions of a user."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
import json
import re
from typing import Literal, Protocol

from playwright.async_api import Browser, ConsoleMessage, Locator, Page, ViewportSize, expect

from tests.e2e.story import DOMAIN

from .texts import text

SECONDS = 90.0  # timeout for elements, since the machine may be busy
DESKTOP: ViewportSize = {"width": 1280, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}
# Errors of Home Assistant's own page that have nothing to do with the integration.
NOT_OURS = (
    "/api/brands/",  # icons of other integrations come from the network
    "ResizeObserver loop",
)


class Account(Protocol):
    """A user of a Home Assistant."""

    @property
    def url(self) -> str:
        """Where that Home Assistant is."""

    @property
    def token(self) -> str:
        """What logs the user in."""


@dataclass
class Screen:
    """A page, and the errors that it has written to its console."""

    page: Page
    url: str
    errors: list[str] = field(default_factory=list)

    async def open(self, path: str, *words: str) -> None:
        """Go to a page of Home Assistant and wait until it shows some texts."""
        await self.page.goto(f"{self.url}/{path.lstrip('/')}")
        for each in words:
            await self.wait_for_text(each)

    async def wait_for_text(self, words: str, *, within: Locator | None = None) -> Locator:
        """Wait until a text can be read, and return where."""
        found = (within or self.page.locator("body")).get_by_text(words).first
        await expect(found).to_be_visible(timeout=SECONDS * 1000)
        return found

    async def wait_until_hidden(self, words: str) -> None:
        """Wait until a text can be read nowhere."""
        await expect(self.page.get_by_text(words).locator("visible=true")).to_have_count(0, timeout=SECONDS * 1000)

    async def press(self, name: str, *, within: Locator | None = None) -> None:
        """Press the button with a name."""
        button = (within or self.page.locator("body")).get_by_role("button", name=name, exact=True).first
        await button.click(timeout=SECONDS * 1000)

    async def fill(self, label: str, value: str, *, within: Locator | None = None) -> None:
        """Type into the field of a dialog with a label."""
        field = (within or self.dialog).locator("ha-selector-text", has_text=label).locator("input, textarea").first
        await field.fill(value, timeout=SECONDS * 1000)

    async def add_integration(self, way: str, *, beside_discovered: bool = False) -> None:
        """Open the dialog that adds the integration, and choose a way of its menu.

        Where servers were discovered, Home Assistant offers them first.
        """
        await self.open(f"config/integrations/dashboard/add?domain={DOMAIN}")
        await self.press("OK")
        if beside_discovered:
            await (await self.wait_for_text("Set up another instance of Plex Smart Scan")).click()
        await self.choose(text(f"config.step.user.menu_options.{way}"))

    async def choose(self, option: str) -> None:
        """Choose an option of the menu that a flow's dialog shows."""
        await (await self.wait_for_text(option, within=self.dialog)).click()

    async def submit(self) -> None:
        """Send the form of a flow's dialog."""
        await self.press("Submit", within=self.dialog)

    async def finish(self) -> None:
        """Confirm that a flow is over ("Finish", or "Skip and finish" where devices could be named)."""
        done = self.dialog.get_by_role("button", name=re.compile("finish", re.IGNORECASE))
        await done.first.click(timeout=SECONDS * 1000)
        await expect(self.dialog.locator("step-flow-create-entry")).to_have_count(0, timeout=SECONDS * 1000)

    @property
    def dialog(self) -> Locator:
        """The dialog of a flow."""
        return self.page.locator("dialog-data-entry-flow")

    @property
    def top_dialog(self) -> Locator:
        """The dialog in which a row of a list is edited, on top of the flow's."""
        return self.page.locator("dialog-form")


@asynccontextmanager
async def open_screen(
    browser: Browser,
    account: Account,
    viewport: ViewportSize = DESKTOP,
    theme: Literal["light", "dark"] = "light",
) -> AsyncIterator[Screen]:
    """Open a screen on which a user is logged in. It fails on the way out for errors on its console."""
    context = await browser.new_context(
        viewport=viewport,
        color_scheme=theme,
        device_scale_factor=2 if viewport is PHONE else 1,
        locale="en-GB",
        timezone_id="Etc/UTC",
        reduced_motion="reduce",
    )
    await context.add_init_script(f"localStorage.setItem('hassTokens', {json.dumps(json.dumps(_tokens(account)))})")
    page = await context.new_page()
    screen = Screen(page, account.url)

    def on_console(message: ConsoleMessage) -> None:
        shown = f"{message.text} ({message.location.get('url', '')})"
        if message.type == "error" and not any(each in shown for each in NOT_OURS):
            screen.errors.append(shown)

    page.on("console", on_console)
    page.on("pageerror", lambda error: screen.errors.append(str(error)))
    try:
        yield screen
    finally:
        await context.close()
    assert screen.errors == [], json.dumps(screen.errors, indent=2)


def _tokens(account: Account) -> dict[str, str | int]:
    """Return what Home Assistant's page keeps of a login, made of a long-lived token."""
    return {
        "access_token": account.token,
        "token_type": "Bearer",
        "refresh_token": "",
        "expires_in": 1800,
        "expires": 4_102_444_800_000,  # the year 2100, in milliseconds
        "hassUrl": account.url,
        "clientId": f"{account.url}/",
    }
