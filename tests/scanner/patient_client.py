"""Short request timeouts that a slow machine does not exceed."""

from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qsl, unquote, urlsplit
from xml.etree.ElementTree import Element

from custom_components.plex_smart_scan.scanner.plex.client import PlexClient
from custom_components.plex_smart_scan.scanner.plex.transport.http_session import MAX_RESPONSE, Session
from tests.fake_plex import FakePlex

_LONG: Final = 60.0  # seconds
_DELAYS: Final = {"slow", "stall", "drip"}
_BEFORE_EACH: Final = ("/identity", "/")  # what the client can request first, within the same timeout


def make_patient(client: PlexClient, plex: FakePlex) -> PlexClient:
    """Let the timeout of a client end only requests whose responses a fault delays; return the client."""
    for channel in (client._questions, client._commands):
        _make_session_patient(channel._session, plex)
    return client


def _make_session_patient(session: Session, plex: FakePlex) -> None:
    def query(
        method: str, url: str, headers: Mapping[str, str], *, seconds: float, limit: int = MAX_RESPONSE
    ) -> Element | None:
        timeout = seconds if _is_delayed(plex, method, url) else max(seconds, _LONG)
        return Session.query(session, method, url, headers, seconds=timeout, limit=limit)

    session.query = query  # type: ignore[method-assign]


def _is_delayed(plex: FakePlex, method: str, url: str) -> bool:
    parts = urlsplit(url)
    query, faults = dict(parse_qsl(parts.query)), [fault for fault in plex.faults.active if fault.kind in _DELAYS]
    return any(
        fault.matches(method, unquote(parts.path), query)
        or any(fault.matches("GET", path, {}) for path in _BEFORE_EACH)
        for fault in faults
    )
