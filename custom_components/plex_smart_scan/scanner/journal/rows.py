"""Requests as rows of the journal: one JSON object each, readable by older and newer versions."""

from collections.abc import Iterable
from dataclasses import fields
from enum import Enum
import json
from types import NoneType, UnionType
from typing import Any, Final, Union, cast, get_args, get_origin, get_type_hints

from ..models import ScanRequest

_HINTS: Final[dict[str, Any]] = get_type_hints(ScanRequest)
_NAMES: Final = tuple(field.name for field in fields(ScanRequest))


def dump_request(request: ScanRequest) -> str:
    """Return a request as JSON.

    The JSON is ASCII, since a path can contain lone surrogates, which UTF-8 cannot store. Raises TypeError and
    ValueError for a value that JSON cannot express.
    """
    return json.dumps({name: getattr(request, name) for name in _NAMES}, allow_nan=False)


def _load_request(text: str) -> ScanRequest:
    """Read a request; fields of a newer version are ignored. Raises TypeError and ValueError if it is unreadable."""
    row = json.loads(text)
    if not isinstance(row, dict) or not row.get("id") or "path" not in row:
        message = "not a request"
        raise TypeError(message)
    values = {name: _typed(row[name], _HINTS[name]) for name in _NAMES if name in row}
    return ScanRequest(**values)


def load_requests(texts: Iterable[str]) -> list[ScanRequest]:
    """Read requests; those that are unreadable are left out."""
    found = []
    for text in texts:
        try:
            found.append(_load_request(text))
        except TypeError, ValueError, RecursionError:
            continue
    return found


def _typed(value: Any, hint: Any) -> Any:
    """Convert a JSON value to the type of a field. Raises TypeError and ValueError if it is of another type."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in {Union, UnionType}:
        return _one_of(value, arguments)
    if origin is tuple and isinstance(value, list):
        return tuple(_typed(each, arguments[0]) for each in value)
    if origin is dict and isinstance(value, dict):
        return {key: _typed(each, arguments[1]) for key, each in value.items()}
    if isinstance(hint, type) and issubclass(hint, Enum):
        return hint(value)
    if hint is float and isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    # A bool is an int in Python, but not in a request.
    if origin is None and isinstance(value, hint) and not (hint is int and isinstance(value, bool)):
        return value
    raise TypeError(value)


def _one_of(value: Any, hints: tuple[Any, ...]) -> Any:
    if value is None and NoneType in hints:
        return None
    for hint in hints:
        try:
            return _typed(value, hint)
        except TypeError, ValueError:
            continue
    raise TypeError(cast("object", value))
