"""Reading single fields of a body that anybody may have sent: each comes with its right type, or not at all."""

from collections.abc import Mapping
from typing import Any, Final

type Body = Mapping[str, Any]

_MAX_BYTES: Final = 2**63  # what fits in the store; no file is larger


def text_of(body: Body, key: str) -> str:
    """Return a text; "" when there is none, or only blanks."""
    value = body.get(key)
    return value if isinstance(value, str) and value.strip() else ""


def object_of(body: Body, key: str) -> Body:
    """Return an object; an empty one when there is none."""
    value = body.get(key)
    return value if isinstance(value, Mapping) else {}


def objects_of(body: Body, key: str) -> tuple[Body, ...]:
    """Return the objects under a key that holds one of them or a list: senders write `x` and `xs` alike."""
    value = body.get(key)
    found = value if isinstance(value, list) else [value]
    return tuple(each for each in found if isinstance(each, Mapping))


def size_of(body: Body) -> int | None:
    """Return a file's size in bytes. 0 is how Sonarr and its kin write "not known": they never leave defaults out."""
    value = body.get("size")
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return value if 0 < value < _MAX_BYTES else None
