"""Notifications of scripts: `path` or `paths`, `dir` as in autoscan, and `filepath` as in plex_autoscan."""

from collections.abc import Iterable
from typing import Any, Final

from ..paths.clean_path import PathProblem
from .body_fields import MAX_BYTES, Body
from .notification import BodyProblem, NotANotificationError, PathEntry

KEYS: Final = ("path", "paths", "dir", "filepath")


def has_paths(body: Body) -> bool:
    """Return whether a body has any of these keys with a value."""
    return any(body.get(key) not in (None, []) for key in KEYS)


def path_entries(body: Body) -> tuple[PathEntry, ...]:
    """Return each path of a body. A `size` belongs to the path only if there is a single one."""
    values = [value for key in KEYS for value in _values(body.get(key))]
    size = _size(body.get("size"))
    size = size if len(values) == 1 else None
    return tuple(_path_entry(value, size) for value in values)


def body_of(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Return a body with the pairs of a form or a query: each of the keys for paths can occur several times."""
    body: dict[str, Any] = {}
    for name, value in pairs:
        if name in KEYS:
            body.setdefault(name, []).append(value)
        else:
            body[name] = value
    return body


def _size(value: object) -> int | None:
    """Read a size in bytes, a number or a text; None for none, and for 0. Raises NotANotificationError."""
    if isinstance(value, str) and not value.strip():
        return None
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= len(str(MAX_BYTES)):
        value = int(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < MAX_BYTES:
        raise NotANotificationError(BodyProblem.BAD_SIZE)
    return value or None


def _values(value: object) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _path_entry(value: object, size: int | None) -> PathEntry:
    if isinstance(value, str):
        return PathEntry(path=value, size=size)
    return PathEntry(path=f"({type(value).__name__})", problem=PathProblem.WRONG_TYPE)
