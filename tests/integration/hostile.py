"""Hostile text of others, and what of it works where it is shown."""

from collections.abc import Iterable
from dataclasses import dataclass, field
import json
from pathlib import Path
import re
from typing import Any

from homeassistant.helpers import issue_registry as ir
import pytest

from custom_components.plex_smart_scan.const import DOMAIN

# Forged log lines, terminal escapes, reordering, Markdown links, images, HTML and code.
HOSTILE = (
    "x\r\n2026 ERROR forged\x1b[2J\u202egpj [click](https://evil.example) ![i](//evil.example) <img src=x> `a` *b*"
)
# XML knows no control characters, so that Plex cannot send them.
NAME = "forged\u202egpj [click](https://evil.example) ![i](//evil.example) <img src=x> `a` *b*"
ENGLISH = json.loads((Path(__file__).parents[2] / "custom_components" / DOMAIN / "translations/en.json").read_text())
_OURS = {"webhook_url", "example_url", "docs_url", "link", "url", "old_url"}


def active(text: str) -> list[str]:
    """Return what works in a text in Markdown: outside of code, and not escaped."""
    rest = re.sub(r"\\.", "", re.sub(r"`[^`\n]*`", "", text))
    return [sign for sign in ("](", "<img", "![", "*b*", "https://evil", "`") if sign in rest]


def unprintable(text: str) -> list[str]:
    """Return the lines of a text that hold control characters; Markdown of ours has several lines."""
    return [line for line in text.split("\n") if not line.isprintable() or line.startswith("2026 ERROR")]


def placeholders(*results: Any) -> list[str]:
    """Return what forms say of others."""
    found: list[str] = []
    for result in results:
        given = result.get("description_placeholders") or {}
        found += [text for key, text in given.items() if key not in _OURS]
    return found


def issue_texts(issues: Iterable[ir.IssueEntry]) -> list[str]:
    """Return the texts of issues, as they are shown in English."""
    texts: list[str] = []
    for issue in issues:
        if issue.domain == DOMAIN and issue.translation_key:
            words = ENGLISH["issues"][issue.translation_key]
            templates = (words["title"], words.get("description", ""))
            texts += [each.format(**(issue.translation_placeholders or {})) for each in templates]
    return texts


@dataclass
class Surfaces:
    """Texts by where they are shown: as they are, or as Markdown."""

    plain: dict[str, list[str]] = field(default_factory=dict)
    markdown: dict[str, list[str]] = field(default_factory=dict)

    def without(self, word: str) -> list[str]:
        """Return the surfaces that do not show a word: nothing was tested there."""
        return [name for name, texts in {**self.plain, **self.markdown}.items() if word not in "".join(texts)]

    def bad(self) -> dict[str, list[str]]:
        """Return the texts in which something of others works."""
        found = {name: [text for text in texts if not text.isprintable()] for name, texts in self.plain.items()}
        for name, texts in self.markdown.items():
            found[name] = [text for text in texts if unprintable(text) or active(text)]
        return {name: texts for name, texts in found.items() if texts}


def log_texts(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return what the integration has logged."""
    return [record.getMessage() for record in caplog.records if "plex_smart_scan" in record.name]
