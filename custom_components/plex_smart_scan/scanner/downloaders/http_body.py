"""The body of an HTTP request: JSON, a form in either encoding, or only the query.

The format is determined by the content: `curl -d` declares everything as a form, including JSON.
"""

from collections.abc import Iterable
from email import message_from_bytes
from email.message import Message
import json
import re
from typing import Final
from urllib.parse import parse_qsl

from .generic import KEYS, body_of, has_paths
from .notification import BodyProblem, NotANotificationError

MAX_BODY_SIZE: Final = 4 * 1024 * 1024  # bytes: a rename of 1,200 episodes has about two million

_FIELD: Final = re.compile(r"[a-z][A-Za-z0-9_-]*")  # names of further fields of a form

type Pairs = Iterable[tuple[str, str]]


def decode_body(raw: bytes, content_type: str, query: Pairs) -> object:
    """Return the body of a request, or its query if the body names no path.

    Raises NotANotificationError if the bytes cannot be decoded.
    """
    if len(raw) > MAX_BODY_SIZE:
        raise NotANotificationError(BodyProblem.TOO_LARGE)
    asked = body_of(query)
    if not raw.strip():
        return asked
    body = _body(raw, content_type)
    if has_paths(asked) and isinstance(body, dict) and not _has_content(body):
        return asked
    return body


def _body(raw: bytes, content_type: str) -> object:
    try:
        if content_type.lower().startswith("multipart/form-data"):
            return body_of(_parts(raw, content_type))
        text = raw.decode("utf-8-sig").strip()
        if text[:1] in {"{", "[", '"'} or "json" in content_type.lower():
            return _json(text)
        return body_of(parse_qsl(_with_escaped_ampersands(text), keep_blank_values=True, errors="strict"))
    except UnicodeDecodeError as error:
        raise NotANotificationError(BodyProblem.NOT_UTF8) from error
    except RecursionError as error:
        raise NotANotificationError(BodyProblem.BROKEN) from error  # nested too deeply


def _with_escaped_ampersands(form: str) -> str:
    """Escape the ampersands of a path: `curl -d "path=%F"` and templates send `path=/tv/Rhett & Link`.

    Raises NotANotificationError if the rest could be either part of the path or another field.
    """
    fields: list[str] = []
    for part in form.rstrip("&").split("&"):
        name, equals, value = part.partition("=")
        if not fields or fields[-1].partition("=")[0] not in KEYS or name in KEYS:
            fields.append(part)
        elif not equals:
            fields[-1] += f"%26{part}"
        elif _FIELD.fullmatch(name) and "/" not in value:
            fields.append(part)
        else:
            raise NotANotificationError(BodyProblem.NOT_ESCAPED)
    return "&".join(fields)


def _json(text: str) -> object:
    try:
        body: object = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise NotANotificationError(BodyProblem.NOT_JSON) from error
    return body


def _parts(raw: bytes, content_type: str) -> Pairs:
    """Return the fields of a form as `curl -F` sends it. The email package accepts any content.

    Raises UnicodeDecodeError for a field that is not UTF-8; an attached file may contain anything.
    """
    header = content_type.encode("ascii", "replace").replace(b"\n", b" ").replace(b"\r", b" ")
    message = message_from_bytes(b"Content-Type: " + header + b"\r\n\r\n" + raw)
    parts = message.get_payload()
    for part in parts if isinstance(parts, list) else ():
        if not isinstance(part, Message):
            continue
        name = part.get_param("name", header="content-disposition")
        value = part.get_payload(decode=True)
        if isinstance(name, str) and isinstance(value, bytes):
            attached = part.get_param("filename", header="content-disposition") is not None
            yield name, value.decode("utf-8", "replace" if attached else "strict")


def _has_content(body: dict[str, object]) -> bool:
    return has_paths(body) or "eventType" in body
