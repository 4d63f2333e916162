"""Notifications of downloaders, parsed without trusting them: `read(body)` returns a `Notification`."""

from collections.abc import Iterable, Mapping
from typing import Final

from ..models import ScanRequest
from . import arr, generic
from .body_fields import Body, text_of
from .download_client_paths import download_client
from .history import HistoryPosition, notifications_of, position_of, rows_after
from .http_body import MAX_BODY_SIZE, decode_body
from .lidarr import LIDARR
from .notification import (
    MAX_PATHS,
    BodyProblem,
    NotANotificationError,
    Notification,
    RejectedPath,
    ReportedFile,
    make_notification,
    shortened,
)
from .radarr import RADARR
from .readarr import READARR
from .sonarr import SONARR

__all__ = [
    "MAX_BODY_SIZE",
    "MAX_PATHS",
    "BodyProblem",
    "HistoryPosition",
    "NotANotificationError",
    "Notification",
    "RejectedPath",
    "ReportedFile",
    "download_client",
    "notifications_of",
    "position_of",
    "read",
    "read_encoded",
    "requests_of",
    "rows_after",
]

_PROGRAMS: Final = (SONARR, RADARR, LIDARR, READARR)


def read(body: object) -> Notification:
    """Read a decoded JSON body of any of the programs, or one with paths in the integration's own form.

    Raises NotANotificationError, and nothing else.
    """
    if not isinstance(body, Mapping):
        raise NotANotificationError(BodyProblem.NOT_AN_OBJECT)
    event = text_of(body, "eventType")
    program = _program(body)
    if event.casefold() == "test":
        # Sonarr and Radarr test with C:\testpath on every platform; it must not be scanned.
        return Notification(program=program.name if program else "", event=event, ignored="test")
    if event and program and (event.casefold() in program.events or not generic.has_paths(body)):
        return arr.read(program, event, body)
    if generic.has_paths(body):
        return make_notification("", event, generic.path_entries(body))
    if event:
        return Notification(program="", event=event, ignored=shortened(event))
    raise NotANotificationError(BodyProblem.NOTHING_KNOWN)


def read_encoded(raw: bytes, content_type: str = "", query: Iterable[tuple[str, str]] = ()) -> Notification:
    """Read an HTTP request: JSON, a form or a query. Raises NotANotificationError, and nothing else."""
    return read(decode_body(raw, content_type, query))


def requests_of(notification: Notification) -> tuple[ScanRequest, ...]:
    """Return a request for each file."""
    return tuple(ScanRequest(path=file.path, size=file.size, gone=file.gone) for file in notification.files)


def _program(body: Body) -> arr.Program | None:
    return next((program for program in _PROGRAMS if program.is_sender_of(body)), None)
