"""The English texts of the integration: what the tests look for on the screen is what is written there today."""

from functools import cache
import json
from pathlib import Path
import re
from typing import Any

FILE = Path(__file__).parents[2] / "custom_components" / "plex_smart_scan" / "translations" / "en.json"


@cache
def _english() -> dict[str, Any]:
    texts: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    return texts


def text(key: str, **placeholders: str) -> str:
    """Return a text (`config.error.timeout`) as it is shown: without the marks of Markdown."""
    found: Any = _english()
    for part in key.split("."):
        found = found[part]
    return re.sub(r"[*`]", "", str(found)).format(**placeholders)


def start_of(key: str) -> str:
    """Return a text up to its first placeholder or its first line's end."""
    return re.split(r"[{\n`]", text_as_written(key), maxsplit=1)[0].strip()


def text_as_written(key: str) -> str:
    """Return a text as it stands in the file."""
    found: Any = _english()
    for part in key.split("."):
        found = found[part]
    return str(found)
