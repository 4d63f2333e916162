"""Untrusted text in the log and in Markdown."""

import pytest

from custom_components.plex_smart_scan.scanner.plex.errors import ErrorKind, PlexError
from custom_components.plex_smart_scan.scanner.safe_text import code_safe, log_safe, markdown_safe


@pytest.mark.parametrize(
    "text",
    ["/tv/Ä Show [1080p] {tvdb-1} (2020)/日本語 – S01E01.mkv", "C:\\Media\\x.mkv", "/tv/a_b*c.mkv", "🎬"],
)
def test_usual_text_is_not_changed(text: str) -> None:
    """Letters of every script and usual characters are not changed."""
    assert log_safe(text) == text
    assert code_safe(text) == text


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("/tv/x\n2026-11-26 ERROR forged", "/tv/x\\n2026-11-26 ERROR forged"),
        ("/tv/\x1b[2Jx", "/tv/\\x1b[2Jx"),
        ("/tv/\u202egpj.mkv", "/tv/\\u202egpj.mkv"),
        ("/tv/\u2028x\u200b\x00\x85", "/tv/\\u2028x\\u200b\\x00\\x85"),
        ("/tv/\udcff", "/tv/\\udcff"),
        ("x" * 5000, "x" * 2000 + "…"),
    ],
)
def test_text_in_the_log_is_escaped(text: str, safe: str) -> None:
    """No text forges a line, controls a terminal or reorders characters."""
    assert log_safe(text) == safe
    assert str(PlexError(ErrorKind.NETWORK, text)) == safe


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("Living room", "Living room"),
        ("Mike's Plex (attic), 2nd - v1.0", "Mike's Plex (attic), 2nd - v1.0"),
        ("[click](https://evil.example)", "\\[click\\](https:\\/\\/evil.example)"),
        ("<img src=x>", "\\<img src=x\\>"),
        ("**bold** _x_ `code` ~~no~~", "\\*\\*bold\\*\\* \\_x\\_ \\`code\\` \\~\\~no\\~\\~"),
        ("www.evil.example a@b.c &lt;", "www\\.evil.example a\\@b.c \\&lt;"),
        ("a\n# title", "a\\\\n\\# title"),
    ],
)
def test_text_in_markdown_is_escaped(text: str, safe: str) -> None:
    """There is no markup, link or HTML; plain names are not changed."""
    assert markdown_safe(text) == safe


def test_backtick_does_not_end_the_code() -> None:
    """A backtick would end the code."""
    assert code_safe("/tv/`<b>`\n.mkv") == "/tv/'<b>'\\n.mkv"
