"""Text of others (paths, names, answers) made safe to show: it may hold anything, and must not pass for our own."""

import re
from typing import Final

_LONGEST: Final = 2000  # characters of one value in a log line; a path has at most 4,096 bytes
_MARKDOWN: Final = re.compile(r"[\\`*_\[\]<>~|#!&]|(?<=:)//|(?<=\bwww)\.|@", re.IGNORECASE)


def log_safe(text: str) -> str:
    """Return a text for the log or an error: on one line, with every invisible or reordering character escaped.

    Line breaks would forge log lines, escapes would control terminals, and bidirectional controls reverse what is read.
    """
    if len(text) > _LONGEST:
        text = f"{text[:_LONGEST]}…"
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text)


def markdown_safe(text: str) -> str:
    """Return a text for a sentence in Markdown: it shows as it is, without markup, links or HTML."""
    return _MARKDOWN.sub(lambda found: "".join(f"\\{each}" for each in found[0]), log_safe(text))


def code_safe(text: str) -> str:
    """Return a text to stand between backticks in Markdown, where only a backtick means anything."""
    return log_safe(text).replace("`", "'")
