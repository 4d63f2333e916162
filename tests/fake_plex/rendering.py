"""Responses as XML and as JSON, both from one tree."""

from dataclasses import dataclass, field
from functools import lru_cache
import json
from typing import Any
from xml.sax.saxutils import escape

type Value = str | int | float | bool | None

_ENTITIES = {'"': "&quot;", "\n": "&#10;", "\r": "&#13;", "\t": "&#9;"}
HTML_PAGE = "<html><head><title>{title}</title></head><body><h1>{code} {title}</h1></body></html>"
HTML_TITLES = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    429: "Too Many Requests",
    498: "Invalid Token",
    500: "Internal Server Error",
    503: "Service Unavailable",
}


@dataclass(slots=True)
class Node:
    """An element: attributes keep their types, which JSON shows; None is left out."""

    tag: str
    attrs: dict[str, Value]
    children: list[Node] = field(default_factory=list)
    json_tag: str | None = None
    single: bool = False  # in JSON an object of its own instead of a list


def html_page(status: int) -> str:
    """Return Plex's error page."""
    return HTML_PAGE.format(code=status, title=HTML_TITLES.get(status, "Error"))


def to_xml(root: Node) -> str:
    """Write a container as Plex does: one element a line, an empty container not shortened."""
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', f"<{root.tag}{_attributes(root)}>"]
    for child in root.children:
        _write(child, lines)
    lines.append(f"</{root.tag}>\n")
    return "\n".join(lines)


def _write(node: Node, lines: list[str]) -> None:
    if not node.children:
        lines.append(f"<{node.tag}{_attributes(node)} />")
        return
    lines.append(f"<{node.tag}{_attributes(node)}>")
    for child in node.children:
        _write(child, lines)
    lines.append(f"</{node.tag}>")


def _attributes(node: Node) -> str:
    return "".join(
        [
            f' {name}="{_escaped(value) if isinstance(value, str) else _number(value)}"'
            for name, value in node.attrs.items()
            if value is not None
        ]
    )


@lru_cache(10_000)
def _escaped(text: str) -> str:
    return escape(text, _ENTITIES)


def _number(value: Value) -> str:
    return str(int(value)) if isinstance(value, bool) else str(value)


def to_json(root: Node) -> str:
    """Write a container as JSON."""
    return json.dumps({root.tag: _as_dict(root)}, ensure_ascii=False, separators=(",", ":"))


def _as_dict(node: Node) -> dict[str, Any]:
    data: dict[str, Any] = {name: value for name, value in node.attrs.items() if value is not None}
    for child in node.children:
        name = child.json_tag or child.tag
        if child.single:
            data[name] = _as_dict(child)
        else:
            data.setdefault(name, []).append(_as_dict(child))
    return data
