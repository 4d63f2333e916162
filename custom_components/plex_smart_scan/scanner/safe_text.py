"""Text from outside (paths, names, responses) made safe to show: it may contain anything."""

import re
from typing import Final

_LONGEST: Final = 2000  # characters of one value in a log line; a path has at most 4,096 bytes
_MARKDOWN: Final = re.compile(r"[\\`*_\[\]<>~|#!&]|(?<=:)//|(?<=\bwww)\.|@", re.IGNORECASE)


def log_safe(text: str) -> str:
    """Return a text for the log or an error: on one line, with every invisible or reordering character escaped.

    Line breaks could forge log lines, escape sequences control terminals, and bidirectional controls reorder the text.
    """
    if len(text) > _LONGEST:
        text = f"{text[:_LONGEST]}…"
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text)


def markdown_safe(text: str) -> str:
    """Return a text for a sentence in Markdown, without markup, links or HTML."""
    return _MARKDOWN.sub(lambda found: "".join(f"\\{each}" for each in found[0]), log_safe(text))


def code_safe(text: str) -> str:
    """Return a text for use between backticks in Markdown."""
    return log_safe(text).replace("`", "'")
