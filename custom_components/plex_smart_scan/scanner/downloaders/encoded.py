"""From the bytes of an HTTP request to a body: JSON, a form in either encoding, or the query alone.

What a body is, it shows itself: `curl -d` calls everything a form, JSON included.
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

MAX_BODY_SIZE: Final = 4 * 1024 * 1024  # bytes: a rename of 1,200 episodes takes about two million

_FIELD: Final = re.compile(r"[a-z][A-Za-z0-9_-]*")  # what programs call further fields of a form

type Pairs = Iterable[tuple[str, str]]


def decode_body(raw: bytes, content_type: str, query: Pairs) -> object:
    """Return the body of a request: what its bytes say, or its query when they name no path.

    Raises NotANotificationError for bytes that cannot be decoded.
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
        raise NotANotificationError(BodyProblem.BROKEN) from error  # parts in parts without end


def _with_escaped_ampersands(form: str) -> str:
    """Escape what belongs to a path: `curl -d "path=%F"` and templates send `path=/tv/Rhett & Link` as it is.

    Raises NotANotificationError where it cannot be told whether the rest belongs to the path or is another field.
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
    """Return the fields of a form as `curl -F` sends it. The email package reads anything, however broken.

    Raises UnicodeDecodeError for a field that is no UTF-8; an attached file beside the fields may hold anything.
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
