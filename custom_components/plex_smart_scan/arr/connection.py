"""The Webhook connection in a program: which one is ours, whether it is right, and how it is changed.

Only the fields that matter to us are compared and changed; what the user set beside them stays. A PUT replaces the
whole resource, so the program's own resource is altered and sent back.
"""

from collections.abc import Iterable
from copy import deepcopy
from typing import Any, Final

from yarl import URL

from .client import Resource
from .programs import ArrProgram

QUERY_SOURCE: Final = "source"
QUERY_PROBE: Final = "probe"
_WEBHOOK: Final = "/api/webhook/"
_POST: Final = 1  # `WebhookMethod.cs`: a number; the text "POST" would become 0


def field_of(connection: Resource, name: str) -> Any:
    """Return the value of one of a connection's fields."""
    for field in connection.get("fields") or ():
        if isinstance(field, dict) and field.get("name") == name:
            return field.get("value")
    return None


def with_field(connection: Resource, name: str, value: Any) -> Resource:
    """Return a copy of a connection with a field set."""
    changed = deepcopy(connection)
    fields = [each for each in changed.get("fields") or () if isinstance(each, dict)]
    for field in fields:
        if field.get("name") == name:
            field["value"] = value
            break
    else:
        fields.append({"name": name, "value": value})
    return {**changed, "fields": fields}


def webhook_url(base_url: str, webhook_id: str, source: str) -> str:
    """Return the URL to post to; `source` tells which downloader posts."""
    return str(URL(f"{base_url.rstrip('/')}/api/webhook/{webhook_id}").with_query({QUERY_SOURCE: source}))


def with_probe(url: str, word: str) -> str:
    """Return the URL for one test; the word shows that this very test arrived."""
    return str(URL(url).update_query({QUERY_PROBE: word}))


def ours(connections: Iterable[Resource], webhook_id: str) -> list[Resource]:
    """Return the connections that post to our webhook, whatever their name and host, by id."""
    ending = f"/api/webhook/{webhook_id}"
    found = [
        each
        for each in connections
        if each.get("implementation") == "Webhook" and _path_of(field_of(each, "url")).endswith(ending)
    ]
    return sorted(found, key=lambda each: int(each.get("id") or 0))


def formerly_ours(connections: Iterable[Resource], known_id: int | None, source: str) -> list[Resource]:
    """Return the connection that we made, if it posts to a webhook that was replaced since."""
    return [
        each
        for each in connections
        if each.get("id") == known_id
        and each.get("implementation") == "Webhook"
        and _WEBHOOK in _path_of(field_of(each, "url"))
        and source_of(each) == source
    ]


def base_url_of(connection: Resource) -> str | None:
    """Return the address of Home Assistant that a connection posts to."""
    url = URL(str(field_of(connection, "url") or ""))
    if not url.host:
        return None
    return f"{url.origin()}{url.path.rpartition(_WEBHOOK)[0]}"


def source_of(connection: Resource) -> str | None:
    """Return which downloader a connection says it is."""
    return URL(str(field_of(connection, "url") or "")).query.get(QUERY_SOURCE)


def _path_of(url: object) -> str:
    try:
        return URL(str(url or "")).path.rstrip("/")
    except ValueError:
        return ""


def wanted_events(connection: Resource, program: ArrProgram) -> list[str]:
    """Return the events to switch on: those that concern files and that this version has."""
    return [flag for flag in program.events if connection.get(f"supports{flag[0].upper()}{flag[1:]}")]


def is_right(connection: Resource, program: ArrProgram, url: str) -> bool:
    """Whether a connection posts what we need to the proven address."""
    return (
        field_of(connection, "url") == url
        and field_of(connection, "method") in {_POST, str(_POST)}
        and all(connection.get(flag) for flag in wanted_events(connection, program))
        and not _logs_in_twice(connection)
    )


def corrected(connection: Resource, program: ArrProgram, url: str) -> Resource:
    """Return a connection as it should be; a new one or one that is there already."""
    changed = with_field(with_field(connection, "url", url), "method", _POST)
    if _logs_in_twice(connection):
        changed = with_field(with_field(changed, "username", ""), "password", "")
    if changed.get("tags") is None:
        changed["tags"] = []  # null is saved, and every event fails on it
    changed["fields"] = [
        each for each in changed["fields"] if each.get("name") != "headers" or each.get("value") is not None
    ]
    return {**changed, **dict.fromkeys(wanted_events(connection, program), True)}


def new_connection(template: Resource, program: ArrProgram, name: str, url: str) -> Resource:
    """Return a new connection, made of the program's own template."""
    blank = {**template, "id": 0, "name": name, "tags": []}
    return corrected(with_field(with_field(blank, "username", ""), "password", ""), program, url)


def _logs_in_twice(connection: Resource) -> bool:
    """Whether a user name is set beside a header of the user's own: the program sends only one of them."""
    return bool(field_of(connection, "headers")) and bool(field_of(connection, "username"))


def only_tagged(connection: Resource) -> bool:
    """Whether only titles with one of the connection's tags are notified of."""
    return bool(connection.get("tags"))


def is_blocked(health: Iterable[Resource], connection: Resource) -> bool:
    """Whether the program holds events back after failures.

    The message is in the language of the program's UI and names the connections, or none when all are blocked.
    """
    name = str(connection.get("name") or "")
    return any(
        each.get("source") == "NotificationStatusCheck"
        and (each.get("type") == "error" or (bool(name) and name in str(each.get("message", ""))))
        for each in health
    )


def plex_connections(connections: Iterable[Resource]) -> list[Resource]:
    """Return the program's own connections to Plex servers."""
    return [each for each in connections if each.get("implementation") == "PlexServer"]


def updates_library(connection: Resource) -> bool:
    """Whether a Plex connection has Plex scan after each import."""
    flags = [flag for flag, on in connection.items() if flag.startswith("on") and on is True]
    return bool(flags) and bool(field_of(connection, "updateLibrary"))
