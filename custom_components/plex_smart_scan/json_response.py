"""JSON of other programs: read up to a limit, and parsed without holding the event loop.

The result contains only what Home Assistant can store: integers of at most 64 bits, and text that is valid Unicode.
"""

import asyncio
from json import JSONDecoder
import re
from typing import Any, Final

import aiohttp

_CHUNK: Final = 64 * 1024  # bytes
_PARSE_IN_LOOP: Final = 64 * 1024  # bytes; larger responses are parsed in a thread
_MAX_VALUES: Final = 3_000_000  # a value costs far more memory than its text
_MOST_DIGITS: Final = 18
_BLANK: Final = re.compile(r"[ \t\r\n]*")
# An escaped pair of surrogates, half a pair, or any other escaped character.
_HALF: Final = r"u[dD][89a-fA-F][0-9a-fA-F]{2}"
_ESCAPED: Final = re.compile(
    rf"\\(?:u[dD][89abAB][0-9a-fA-F]{{2}}\\u[dD][c-fC-F][0-9a-fA-F]{{2}}|({_HALF})|.)", re.DOTALL
)


async def async_read_body(response: aiohttp.ClientResponse, limit: int) -> bytes:
    """Read the body of a response. Raises ValueError if it has more than `limit` bytes."""
    raw = bytearray()
    async for chunk in response.content.iter_chunked(_CHUNK):
        raw += chunk
        if len(raw) > limit:
            message = "the response is too large"
            raise ValueError(message)
    return bytes(raw)


async def async_parse(raw: bytes) -> Any:
    """Parse JSON, in a thread if there is much of it. Raises ValueError."""
    return await asyncio.to_thread(parse, raw) if len(raw) > _PARSE_IN_LOOP else parse(raw)


def parse(raw: bytes) -> Any:
    """Parse JSON. Raises ValueError, also for values that are nested too deeply, or too many of them."""
    if sum(map(raw.count, b",[{")) > _MAX_VALUES:
        message = "the response has too many values"
        raise ValueError(message)
    text = raw.decode("utf-8-sig", "replace")
    if "\\ud" in text or "\\uD" in text:
        text = _ESCAPED.sub(lambda found: "\N{REPLACEMENT CHARACTER}" if found[1] else found[0], text)
    decoder = JSONDecoder(parse_int=_integer)
    begin = _after_blanks(text, 0)
    try:
        if text[begin : begin + 1] == "[":
            return _array(decoder, text, begin + 1)
        return decoder.decode(text)
    except RecursionError as error:
        message = "the response is nested too deeply"
        raise ValueError(message) from error


def _array(decoder: JSONDecoder, text: str, begin: int) -> list[Any]:
    """Parse an array value by value, since the decoder holds the interpreter lock. Raises ValueError."""
    found: list[Any] = []
    end = _after_blanks(text, begin)
    separator = text[end : end + 1]
    while separator != "]" or found:
        value, end = decoder.raw_decode(text, end)
        found.append(value)
        end = _after_blanks(text, end)
        separator = text[end : end + 1]
        if separator == "]":
            break
        if separator != ",":
            message = "an array has no end"
            raise ValueError(message)
        end = _after_blanks(text, end + 1)
    if text[end + 1 :].strip():
        message = "there is more after the array"
        raise ValueError(message)
    return found


def _after_blanks(text: str, begin: int) -> int:
    blank = _BLANK.match(text, begin)
    return blank.end() if blank else begin


def _integer(digits: str) -> float:
    """Return an integer, or a float for one that is too long."""
    return int(digits) if len(digits) <= _MOST_DIGITS else float(digits)
