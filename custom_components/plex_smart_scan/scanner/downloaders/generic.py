"""What scripts and people write: `path` or `paths`, `dir` as autoscan has it, and `filepath` as plex_autoscan does."""

from collections.abc import Iterable
from typing import Any, Final

from ..paths.clean_path import PathProblem
from .fields import Body, size_of
from .notification import PathEntry

KEYS: Final = ("path", "paths", "dir", "filepath")


def has_paths(body: Body) -> bool:
    """Whether a body has any of our own keys with something in it."""
    return any(body.get(key) not in (None, []) for key in KEYS)


def path_entries(body: Body) -> tuple[PathEntry, ...]:
    """Return each path of a body. A `size` beside it belongs to it only when it is the only one."""
    values = [value for key in KEYS for value in _values(body.get(key))]
    size = size_of(body) if len(values) == 1 else None
    return tuple(_path_entry(value, size) for value in values)


def body_of(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Make a body of a form's or a query's pairs: each of our keys may come several times."""
    body: dict[str, Any] = {}
    for name, value in pairs:
        if name in KEYS:
            body.setdefault(name, []).append(value)
        elif name == "size" and value.isascii() and value.isdigit() and len(value) < len(str(2**63)):
            body[name] = int(value)
        else:
            body[name] = value
    return body


def _values(value: object) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _path_entry(value: object, size: int | None) -> PathEntry:
    if isinstance(value, str):
        return PathEntry(path=value, size=size)
    return PathEntry(path=f"({type(value).__name__})", problem=PathProblem.WRONG_TYPE)
