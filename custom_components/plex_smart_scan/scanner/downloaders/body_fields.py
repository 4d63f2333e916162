"""Single fields of an untrusted body: each is returned with its type, or not at all."""

from collections.abc import Mapping
from typing import Any, Final

type Body = Mapping[str, Any]

MAX_BYTES: Final = 2**63  # no file is larger


def text_of(body: Body, key: str) -> str:
    """Return a text; "" if there is none, or only white space."""
    value = body.get(key)
    return value if isinstance(value, str) and value.strip() else ""


def object_of(body: Body, key: str) -> Body:
    """Return an object; an empty one if there is none."""
    value = body.get(key)
    return value if isinstance(value, Mapping) else {}


def objects_of(body: Body, key: str) -> tuple[Body, ...]:
    """Return the objects under a key that contains one object or a list of them."""
    value = body.get(key)
    found = value if isinstance(value, list) else [value]
    return tuple(each for each in found if isinstance(each, Mapping))


def size_of(body: Body) -> int | None:
    """Return a file's size in bytes; None if it is unknown, which Sonarr and the others write as 0."""
    value = body.get("size")
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return value if 0 < value < MAX_BYTES else None
