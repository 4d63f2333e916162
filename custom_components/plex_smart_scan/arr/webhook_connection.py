"""The Webhook connection in a program: finding it, checking it and correcting it.

Only the relevant fields are compared and changed; other settings of the user are kept. A PUT request replaces the whole
resource, so the existing resource is changed and sent back.
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
_POST: Final = 1  # a number (`WebhookMethod.cs`); the text "POST" would become 0


def field_of(connection: Resource, name: str) -> Any:
    """Return the value of a field of a connection."""
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
    """Return the webhook URL; `source` identifies the downloader."""
    return str(URL(f"{base_url.rstrip('/')}/api/webhook/{webhook_id}").with_query({QUERY_SOURCE: source}))


def with_probe(url: str, code: str) -> str:
    """Return the URL for one test, whose arrival is recognized by the code."""
    return str(URL(url).update_query({QUERY_PROBE: code}))


def connections_to_webhook(connections: Iterable[Resource], webhook_id: str) -> list[Resource]:
    """Return the connections to our webhook, whatever their name and host, ordered by ID."""
    ending = f"/api/webhook/{webhook_id}"
    found = [
        each
        for each in connections
        if each.get("implementation") == "Webhook" and _path_of(field_of(each, "url")).endswith(ending)
    ]
    return sorted(found, key=lambda each: int(each.get("id") or 0))


def former_connections(connections: Iterable[Resource], known_id: int | None, source: str) -> list[Resource]:
    """Return the connection that we created, if it posts to a webhook that was replaced since."""
    return [
        each
        for each in connections
        if each.get("id") == known_id
        and each.get("implementation") == "Webhook"
        and _WEBHOOK in _path_of(field_of(each, "url"))
        and source_of(each) == source
    ]


def base_url_of(connection: Resource) -> str | None:
    """Return the URL of Home Assistant to which a connection posts."""
    url = URL(str(field_of(connection, "url") or ""))
    if not url.host:
        return None
    return f"{url.origin()}{url.path.rpartition(_WEBHOOK)[0]}"


def source_of(connection: Resource) -> str | None:
    """Return the downloader that a connection identifies."""
    return URL(str(field_of(connection, "url") or "")).query.get(QUERY_SOURCE)


def _path_of(url: object) -> str:
    try:
        return URL(str(url or "")).path.rstrip("/")
    except ValueError:
        return ""


def wanted_events(connection: Resource, program: ArrProgram) -> list[str]:
    """Return the events to enable: those that concern files and that this version supports."""
    return [flag for flag in program.events if connection.get(f"supports{flag[0].upper()}{flag[1:]}")]


def is_right(connection: Resource, program: ArrProgram, url: str) -> bool:
    """Return whether a connection has the correct settings and URL."""
    return (
        field_of(connection, "url") == url
        and field_of(connection, "method") in {_POST, str(_POST)}
        and all(connection.get(flag) for flag in wanted_events(connection, program))
        and not _logs_in_twice(connection)
    )


def corrected(connection: Resource, program: ArrProgram, url: str) -> Resource:
    """Return a new or existing connection with the correct settings."""
    changed = with_field(with_field(connection, "url", url), "method", _POST)
    if _logs_in_twice(connection):
        changed = with_field(with_field(changed, "username", ""), "password", "")
    if changed.get("tags") is None:
        changed["tags"] = []  # null would be saved and make every event fail
    changed["fields"] = [
        each for each in changed["fields"] if each.get("name") != "headers" or each.get("value") is not None
    ]
    return {**changed, **dict.fromkeys(wanted_events(connection, program), True)}


def new_connection(template: Resource, program: ArrProgram, name: str, url: str) -> Resource:
    """Return a new connection based on the template of the program."""
    blank = {**template, "id": 0, "name": name, "tags": []}
    return corrected(with_field(with_field(blank, "username", ""), "password", ""), program, url)


def _logs_in_twice(connection: Resource) -> bool:
    """Return whether both a user name and a custom header are set, of which the program sends only one."""
    return bool(field_of(connection, "headers")) and bool(field_of(connection, "username"))


def reports_only_tagged(connection: Resource) -> bool:
    """Return whether the connection reports only titles with its tags."""
    return bool(connection.get("tags"))


def is_blocked(health: Iterable[Resource], connection: Resource) -> bool:
    """Return whether the program pauses the connection after failures.

    The message is in the language of the program's UI. It names the connections, or none if all are paused.
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
    """Return whether a Plex connection updates the library after each import."""
    flags = [flag for flag, on in connection.items() if flag.startswith("on") and on is True]
    return bool(flags) and bool(field_of(connection, "updateLibrary"))
