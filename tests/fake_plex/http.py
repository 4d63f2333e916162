"""One request to the server, and the responses of a handler."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
import re
from typing import TYPE_CHECKING
from urllib.parse import unquote_plus

from tests.fake_plex.rendering import Node, Value, html_page

if TYPE_CHECKING:
    from tests.fake_plex.server import FakePlex

_PAIR = re.compile(r"(?P<name>[^=!<>%]*?)(?P<operator>(?:[!<>=]|%21|%3[CDE])*)=(?P<value>.*)", re.IGNORECASE)


@dataclass(slots=True, frozen=True)
class Parameter:
    """One `name<operator>=value` of a query."""

    name: str
    operator: str
    value: str


@dataclass(slots=True)
class Answer:
    """A response: a container, or a raw body."""

    node: Node | None = None
    status: int = 200
    body: bytes = b""
    content_type: str = "text/html"
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Call:
    """A request after routing and authentication."""

    plex: FakePlex
    method: str
    path: str
    parameters: list[Parameter]
    headers: Mapping[str, str]
    admin: bool
    groups: dict[str, str]

    def get(self, name: str, default: str | None = None) -> str | None:
        """Return a plain parameter."""
        return next((p.value for p in self.parameters if p.name == name), default)

    def flag(self, name: str) -> bool:
        """Return a parameter that is 1 or 0."""
        return self.get(name, "0") not in {"0", "", None, "false"}

    def number(self, name: str) -> int | None:
        """Return a header or parameter that is a number; the query goes first."""
        text = self.get(name) or self.headers.get(name)
        return int(text) if text is not None and text.lstrip("-").isdigit() else None


def parse_parameters(raw_query: str) -> list[Parameter]:
    """Split a query, keeping the operators: `updatedAt>>=5`, `file==x`, `title%3D=y`."""
    return list(_parse_parameters(raw_query))


@lru_cache(10_000)
def _parse_parameters(raw_query: str) -> tuple[Parameter, ...]:
    parameters: list[Parameter] = []
    for pair in raw_query.split("&"):
        if match := _PAIR.fullmatch(pair):
            name, operator = unquote_plus(match["name"]), unquote_plus(match["operator"])
            parameters.append(Parameter(name, operator + "=", unquote_plus(match["value"])))
        elif pair:
            name, _, value = pair.partition("=")
            parameters.append(Parameter(unquote_plus(name), "=", unquote_plus(value)))
    return tuple(parameters)


def container(attrs: Mapping[str, Value] | None = None, children: list[Node] | None = None) -> Answer:
    """Return a container as the response; `size` comes first."""
    children = children or []
    return Answer(Node("MediaContainer", {"size": len(children), **(attrs or {})}, children))


def error(status: int, headers: Mapping[str, str] | None = None) -> Answer:
    """Return Plex's error page, always HTML."""
    return Answer(status=status, body=html_page(status).encode(), headers=dict(headers or {}))


def nothing(status: int = 200) -> Answer:
    """Return a response without a body."""
    return Answer(status=status)
