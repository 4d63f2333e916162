"""JSON of other programs, which may be hostile."""

import json
from typing import Any

import orjson
import pytest

from custom_components.plex_smart_scan.json_response import parse

VALUES: list[Any] = [
    [], {}, [[]], [{}], [1, "a", None, True, {"b": [1.5]}], "x", 0, -(2**59), None, [" ], [ "],
    ["\\ud800", "\\"], ["😀"],
]  # fmt: skip


@pytest.mark.parametrize("value", VALUES, ids=str)
@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("ascii_only", [True, False])
def test_values_are_parsed(value: Any, indent: int | None, ascii_only: bool) -> None:
    """They are parsed as by the standard library."""
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only)

    assert parse(text.encode()) == value
    assert parse(f"\ufeff \n{text}\r\n ".encode()) == value


@pytest.mark.parametrize(
    "text", ["", "[", "]", "[,]", "[1,]", "[1 2]", "[1", "[1}", "[] x", "[1]]", "{", '{"a" 1}', "x", "[x]", "\0"]
)
def test_everything_else_is_an_error(text: str) -> None:
    """It is a ValueError."""
    with pytest.raises(ValueError, match=r"."):
        parse(text.encode())


@pytest.mark.parametrize(
    "text",
    [
        f"{2**64}", f'[{{"id": {-(2**64)}}}]', "9" * 5000, "1e999", "[NaN]",
        r'"\ud800"', r'["\uDC00\ud83d"]', r'{"\ud800\ud800": 1}', r'"\ud83dx\ude00"', r'"\ud83d\ude00"', r'"\\\ud800"',
    ],
)  # fmt: skip
def test_result_can_be_stored(text: str) -> None:
    """Home Assistant stores neither longer integers nor half a pair of surrogates."""
    assert orjson.dumps(parse(text.encode()), option=orjson.OPT_NON_STR_KEYS)


def test_bytes_that_are_not_utf_8_are_replaced() -> None:
    """They can be stored, too."""
    assert parse(b'["\xff", "\xed\xa0\x80"]')[0] == "\ufffd"
    assert orjson.dumps(parse(b'["\xed\xa0\x80"]'))
