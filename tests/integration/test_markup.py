"""What others wrote is shown as they wrote it, and is no Markdown."""

from pathlib import Path

from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
import pytest

from custom_components.plex_smart_scan.const import DOMAIN
from custom_components.plex_smart_scan.markup import without_markup

from .conftest import SetUp
from .test_life import wait_until


@pytest.mark.parametrize(
    "text",
    [
        "/tv/`[click](https://example.org)`.mkv",
        "![picture](https://example.org/x.png)",
        "<img src=x>",
        "/tv/x\r\n# Heading",
    ],
)
def test_no_markup_is_left(text: str) -> None:
    """No code, link, picture, HTML or new line can be made of it."""
    assert not set(without_markup(text)) & set("`[]<>\r\n")


@pytest.mark.parametrize("text", ["/data/tv/Westworld (2016)/S01_E02 *.mkv", "D:\\TV", "Été 100 %"])
def test_ordinary_names_stay_as_they_are(text: str) -> None:
    """Nothing is changed that makes no markup inside a sentence."""
    assert without_markup(text) == text


async def test_path_in_a_repair_issue(
    hass: HomeAssistant, tv: Path, issue_registry: ir.IssueRegistry, set_up: SetUp
) -> None:
    """A notification names a path that would be a link in the issue's text."""
    await set_up()

    await hass.services.async_call(
        DOMAIN, "process_notification", {"path": "/x/`[a](https://example.org)`.mkv"}, blocking=True
    )
    await wait_until(hass, lambda: issue_registry.issues)

    (issue,) = issue_registry.issues.values()
    assert issue.translation_placeholders
    assert not set("".join(issue.translation_placeholders.values())) & set("`[]<>")
