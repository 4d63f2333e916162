"""plex.tv's answers as JSON or, unless the client accepts JSON, as XML."""

from typing import Any
from xml.etree import ElementTree as ET

from aiohttp import web

# The name of a row where it is not its list's without the s.
_ROWS = {"entitlements": "entitlement", "features": "feature", "errors": "error"}


def answer(request: web.Request, tag: str, data: Any, status: int = 200) -> web.Response:
    """Answer with data; in XML a scalar is an attribute, an object a child, a list a child with one child a row."""
    if "application/json" in request.headers.get("Accept", "") or request.path.endswith(".json"):
        return web.json_response(data, status=status)
    body = ET.tostring(_element(tag, data), encoding="unicode", xml_declaration=False)
    declaration = '<?xml version="1.0" encoding="UTF-8"?>\n'
    return web.Response(text=declaration + body, status=status, content_type="application/xml")


def refused(request: web.Request, status: int, code: int, message: str) -> web.Response:
    """Answer with one of plex.tv's errors."""
    return answer(request, "errors", {"errors": [{"code": code, "message": message, "status": status}]}, status)


def _element(tag: str, data: Any) -> ET.Element:
    if isinstance(data, dict) and list(data) == [tag]:
        data = data[tag]  # `errors`: the list is the root itself
    element = ET.Element(tag)
    if isinstance(data, list):
        row = _ROWS.get(tag, tag.removesuffix("s"))
        element.extend(_element(row, each if isinstance(each, dict) else {"id": each}) for each in data)
        return element
    for name, value in data.items():
        if isinstance(value, dict | list):
            element.append(_element(name, value))
        else:
            element.set(name, _text(value))
    return element


def _text(value: str | float | bool | None) -> str:
    if value is None:
        return ""
    return str(int(value)) if isinstance(value, bool) else str(value)
