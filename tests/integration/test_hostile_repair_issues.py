"""Hostile names in every repair issue, in every language: the texts as a user sees them."""

from dataclasses import dataclass
import re
from types import SimpleNamespace
from typing import Any, cast

from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.translation import async_get_translations
from markdown_it import MarkdownIt
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.plex_smart_scan.arr.coordinator import DownloaderCoordinator
from custom_components.plex_smart_scan.arr.issues import DownloaderIssue, async_raise_issue
from custom_components.plex_smart_scan.arr.probe import Failure, Obstacle, failures_text
from custom_components.plex_smart_scan.const import DOMAIN
from custom_components.plex_smart_scan.repair_issues.issue_registry import raise_issue
from custom_components.plex_smart_scan.repairs import ConfirmedRepairFlow, async_create_fix_flow
from custom_components.plex_smart_scan.scanner import code_safe, markdown_safe

from .checker.reading import LANGUAGES
from .hostile import ENGLISH, HOSTILE

ISSUES = sorted(ENGLISH["issues"])
HARMLESS = "name"
# Names that are markup themselves, and names that could become markup together with the text around them.
MARKUP = [HOSTILE, *(f"{start}forged" for start in ("# ", "- ", "+ ", "1. ", "2) ", "> ", "    ", "~~~ ", "x\n"))]
MARKUP += ["---", "```", "<!-- forged", "www.evil.example", "https://evil.example", "forged@evil.example"]
MARKUP += ["~~forged~~", "[forged](//evil.example)", "![forged](//evil.example)", "[x]\n\n[x]: //evil.example"]
PARTS = ["`forged", "forged`", "forged\\", "**forged", "[forged", "](forged)", "<", ">", "|", "===", "&lt;forged&gt;"]
# Like the parser of the web page, with the line breaks and the strikethrough of GitHub's Markdown.
PARSER = MarkdownIt("commonmark", {"breaks": True}).enable(["table", "strikethrough"]).disable("text_join")
AUTOLINK = re.compile(r"https?://|\bwww\.|\w@\w", re.IGNORECASE)


def effects(markdown: str) -> list[str]:
    """Return what a text in Markdown consists of: paragraphs, emphasis, links and so on, but not the words."""
    found: list[str] = []
    for token in PARSER.parse(markdown):
        parts = token.children or ([] if token.type == "inline" else [token])
        for part in parts:
            if part.type == "text" and AUTOLINK.search(part.content):
                found.append("autolink")
            if part.type not in {"text", "text_special"}:
                found.append(part.type)
    return found


@dataclass
class ShownIssue:
    """The texts of an issue: the titles as they are, and the descriptions in Markdown."""

    titles: list[str]
    descriptions: list[str]


async def shown_issue(hass: HomeAssistant, key: str, language: str, name: str) -> ShownIssue:
    """Raise an issue about a server, files and a program of this name; return its texts, with those of its repair."""
    ir.async_get(hass).issues.clear()
    entry = MockConfigEntry(domain=DOMAIN, title=name)
    entry.add_to_hass(hass)
    if key in set(DownloaderIssue):
        subentry = SimpleNamespace(subentry_id="program", title=name)
        downloader = cast("DownloaderCoordinator", SimpleNamespace(config_entry=entry, subentry=subentry))
        details = {
            DownloaderIssue.NOT_CONNECTED: failures_text([Failure("http://192.0.2.1:8123", Obstacle.OTHER, name)]),
            DownloaderIssue.UNREACHABLE: markdown_safe(name),
        }
        given = {"details": details[DownloaderIssue(key)]} if key in details else {}
        async_raise_issue(hass, downloader, DownloaderIssue(key), given)
    else:
        keys = ("count", "file", "from", "library", "library_title", "location", "other", "path", "to", "url")
        data = dict.fromkeys(_data_of(key), name) | {"library": 1}
        raise_issue(
            hass, entry, key, key, dict.fromkeys(keys, name), data, fixable="fix_flow" in ENGLISH["issues"][key]
        )
    (issue,) = ir.async_get(hass).issues.values()
    prefix = f"component.{DOMAIN}.issues.{key}."
    translations = await async_get_translations(hass, language, "issues", {DOMAIN})
    texts = {each.removeprefix(prefix): text for each, text in translations.items() if each.startswith(prefix)}
    values = issue.translation_placeholders or {}
    shown = ShownIssue([texts["title"].format(**values)], [])
    if "description" in texts:
        shown.descriptions.append(texts["description"].format(**values))
    if issue.is_fixable:
        flow = cast("ConfirmedRepairFlow", await async_create_fix_flow(hass, issue.issue_id, issue.data))
        flow.hass = hass
        form: dict[str, Any] = dict(await flow.async_step_init())
        step, values = f"fix_flow.step.{form['step_id']}", form["description_placeholders"]
        shown.titles.append(texts[f"{step}.title"].format(**values))
        shown.descriptions.append(texts[f"{step}.description"].format(**values))
    return shown


def _data_of(key: str) -> tuple[str, ...]:
    """Return what the repair of an issue needs."""
    return ("location", "library_title") if key.startswith("mount_") else ("path", "from", "to")


@pytest.mark.parametrize("language", ["en", *LANGUAGES])
@pytest.mark.parametrize("key", ISSUES)
async def test_hostile_names_are_harmless_in_a_repair_issue(hass: HomeAssistant, key: str, language: str) -> None:
    """No name adds a link, markup, HTML or a line to the text, and the name is shown."""
    harmless = await shown_issue(hass, key, language, HARMLESS)

    for name in MARKUP + PARTS:
        shown = await shown_issue(hass, key, language, name)

        assert [effects(text) for text in shown.descriptions] == [effects(text) for text in harmless.descriptions], name
        for text in shown.titles:
            assert text.isprintable(), name
        assert shown != harmless


@pytest.mark.parametrize("name", MARKUP)
def test_markup_is_found(name: str) -> None:
    """The check finds the markup if nothing is escaped, and none otherwise."""
    plain = effects("A name")

    assert effects(name) != plain
    assert effects(markdown_safe(name)) == plain
    assert effects(f"`{code_safe(name)}`") == effects("`a name`")
