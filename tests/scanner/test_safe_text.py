"""Untrusted text in the log and in Markdown."""

import ast
from collections.abc import Callable
import logging
from pathlib import Path

import pytest

from custom_components.plex_smart_scan.scanner.plex.errors import ErrorKind, PlexError
from custom_components.plex_smart_scan.scanner.safe_text import code_safe, log_safe, markdown_safe, safe_error

PACKAGE = Path(__file__).parents[2] / "custom_components/plex_smart_scan"
HOSTILE = "x\r\n2026-11-26 ERROR forged\x1b[2J\u202egpj"


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
        ("- x", "\\- x"),
        ("1. x", "1\\. x"),
        ("---", "\\---"),
        ("    x", "x"),
        ("1.5 GB - 2 (b)", "1.5 GB - 2 (b)"),
    ],
)
def test_text_in_markdown_is_escaped(text: str, safe: str) -> None:
    """There is no markup, link or HTML; plain names are not changed."""
    assert markdown_safe(text) == safe


def test_backtick_does_not_end_the_code() -> None:
    """A backtick would end the code."""
    assert code_safe("/tv/`<b>`\n.mkv") == "/tv/'<b>'\\n.mkv"


def _raise() -> None:
    raise ValueError(HOSTILE)


def _raise_from() -> None:
    try:
        _raise()
    except ValueError as error:
        message = "harmless"
        raise RuntimeError(message) from error


def _raise_during() -> None:
    try:
        _raise()
    except ValueError:
        raise LookupError(HOSTILE)  # noqa: B904 - the error has only a context


def _raise_instead() -> None:
    try:
        _raise()
    except ValueError:
        message = "harmless"
        raise RuntimeError(message) from None


def _look_up() -> None:
    names: dict[str, str] = {}
    names["key\n"]


def _traceback(failing: Callable[[], None], safe: Callable[[BaseException], BaseException]) -> str:
    """Return the traceback of an error as it is logged."""
    try:
        failing()
    except Exception as error:  # noqa: BLE001 - of every kind
        logged = safe(error)
        return logging.Formatter().formatException((type(logged), logged, logged.__traceback__))
    return ""


@pytest.mark.parametrize("failing", [_raise, _raise_from, _raise_during])
def test_texts_of_errors_in_a_traceback_are_escaped(failing: Callable[[], None]) -> None:
    """No error forges a line of the log; otherwise the traceback is the same."""
    text = _traceback(failing, safe_error)

    assert [line for line in text.split("\n") if not line.isprintable() or line.startswith("2026")] == []
    assert text == _traceback(failing, lambda error: error).replace(HOSTILE, log_safe(HOSTILE))


@pytest.mark.parametrize("failing", [_raise_instead, _look_up])
def test_harmless_error_is_not_replaced(failing: Callable[[], None]) -> None:
    """An error whose traceback shows nothing that has to be escaped stays as it is."""
    replaced: list[bool] = []

    def safe(error: BaseException) -> BaseException:
        found = safe_error(error)
        replaced.append(found is not error)
        return found

    assert _traceback(failing, safe)
    assert replaced == [False]


def test_every_logged_traceback_is_safe() -> None:
    """Wherever an error is logged with its traceback, its text is escaped."""
    errors: dict[str, str] = {}
    for file in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                continue
            shown = [ast.unparse(each.value) for each in node.keywords if each.arg == "exc_info"]
            if shown or ast.unparse(node.func) == "_LOGGER.exception":
                errors[f"{file.name}:{node.lineno}"] = "".join(shown)

    assert len(errors) > 5
    assert {where: error for where, error in errors.items() if not error.startswith("safe_error(")} == {}
