"""`/notification`: the connections, with the validation, the test within a save, and the masks of the programs."""

from copy import deepcopy
from typing import Any, Final
from urllib.parse import urlsplit

from tests.fake_arr.delivery import Sender
from tests.fake_arr.errors import ApiError, failed, invalid, not_found
from tests.fake_arr.programs import Kind, Release

MASK: Final = "********"
_PLEX_FIELDS: Final[dict[str, Any]] = {
    "host": "",
    "port": 32400,
    "useSsl": False,
    "authToken": "",
    "updateLibrary": True,
    "mapFrom": "",
    "mapTo": "",
}

type Resource = dict[str, Any]


class Connections:
    """The connections of one program."""

    def __init__(self, release: Release, sender: Sender, test_body: Resource) -> None:
        """Start without connections."""
        self._release = release
        self._sender = sender
        self._test_body = test_body
        self._rows: dict[int, Resource] = {}
        self._next_id = 1
        self.blocked: set[int] = set()
        self.tested: list[Resource] = []

    # -- the resource -------------------------------------------------------------------------------------------------

    def schema(self) -> list[Resource]:
        """Return a template of each kind."""
        return [self._template(kind) for kind in ("PlexServer", "Webhook")]

    def _template(self, kind: str) -> Resource:
        fields = _PLEX_FIELDS if kind == "PlexServer" else self._webhook_fields()
        return {
            **dict.fromkeys(self._release.events, False),
            **{f"supports{flag[0].upper()}{flag[1:]}": True for flag in self._release.events},
            "includeHealthWarnings": False,
            "name": "",
            "implementation": kind,
            "implementationName": "Plex Media Server" if kind == "PlexServer" else kind,
            "configContract": f"{kind}Settings",
            "infoLink": "https://wiki.servarr.com/",
            "fields": [{"order": i, "name": name, "value": value} for i, (name, value) in enumerate(fields.items())],
            "tags": [],
            "presets": [],
        }

    def _webhook_fields(self) -> dict[str, Any]:
        fields: dict[str, Any] = {"url": None, "method": 1, "username": None, "password": None}
        if self._release.has(self._release.program.headers_since):
            fields["headers"] = []
        return fields

    def all(self) -> list[Resource]:
        """Return all connections, by name."""
        return sorted(map(self._shown, self._rows.values()), key=lambda row: str(row["name"]))

    def get(self, number: int) -> Resource:
        """Return a connection. Raises ApiError."""
        if number not in self._rows:
            raise not_found()
        return self._shown(self._rows[number])

    def _shown(self, row: Resource) -> Resource:
        shown = deepcopy(row)
        for field in shown["fields"]:
            masked = self._release.program.kind is not Kind.READARR and field["name"] in {"password", "authToken"}
            if masked and field.get("value"):
                field["value"] = MASK
            if field.get("value") is None:
                field.pop("value", None)  # nulls are left out
        return shown

    # -- changes ------------------------------------------------------------------------------------------------------

    async def create(self, given: Resource, *, force: bool) -> Resource:
        """Create a connection, which is tested if an event is enabled, regardless of `force`. Raises ApiError."""
        if given.get("fields") is None:
            raise invalid(name="Fields", message="'Fields' must not be empty.")
        row = self._normalized({**given, "id": 0})
        self._validate(row)
        if self._enabled(row):
            await self._test(row)
        row["id"] = self._next_id
        self._next_id += 1
        self._rows[row["id"]] = row
        return self._shown(row)

    async def replace(self, number: int, given: Resource, *, force: bool) -> Resource:
        """Replace a connection; omitted fields get their defaults. Raises ApiError."""
        if number not in self._rows:
            raise not_found()
        row = self._unmasked(self._normalized({**given, "id": number}), self._rows[number])
        self._validate(row)
        unchanged = self._release.has(self._release.program.unchanged_put_since) and row == self._rows[number]
        if not unchanged:
            if self._enabled(row) and not force:
                await self._test(row)
            self._rows[number] = row
        return self._shown(row)

    def delete(self, number: int) -> None:
        """Delete a connection if it exists."""
        self._rows.pop(number, None)
        self.blocked.discard(number)

    async def test(self, given: Resource) -> None:
        """Test a saved or new connection. Raises ApiError."""
        row = self._normalized(given)
        if row["id"] in self._rows:
            row = self._unmasked(row, self._rows[row["id"]])
        self._validate(row)
        await self._test(row)
        self.blocked.discard(row["id"])

    async def _test(self, row: Resource) -> None:
        self.tested.append(deepcopy(row))
        if row["implementation"] == "Webhook":
            await self._sender.post(fields_of(row), self._test_body)

    # -- normalization ------------------------------------------------------------------------------------------------

    def _normalized(self, given: Resource) -> Resource:
        """Normalize a resource like the program: unknown keys are dropped and missing flags are false."""
        kind = str(given.get("implementation", ""))
        if kind not in {"Webhook", "PlexServer"}:
            raise invalid(name="Implementation", message="'Implementation' must not be empty.")
        template = self._template(kind)
        values = {each["name"]: each.get("value") for each in given.get("fields") or ()}
        row = {key: given.get(key, default) for key, default in template.items() if key not in {"fields", "presets"}}
        row["id"] = int(given.get("id") or 0)
        row["fields"] = [
            {**each, "value": _method(values[each["name"]]) if each["name"] == "method" else values[each["name"]]}
            if each["name"] in values
            else each
            for each in template["fields"]
        ]
        for flag in self._release.events:
            row[flag] = bool(given.get(flag))
        return row

    def _unmasked(self, row: Resource, known: Resource) -> Resource:
        before = fields_of(known)
        for field in row["fields"]:
            if field.get("value") == MASK:
                field["value"] = before.get(field["name"])
        return row

    def _validate(self, row: Resource) -> None:
        name = str(row.get("name") or "")
        if not name:
            raise invalid(name="Name", message="'Name' must not be empty.", attempted=name)
        same = str.casefold if self._release.has(self._release.program.case_insensitive_names_since) else str
        if any(same(str(each["name"])) == same(name) for each in self._rows.values() if each["id"] != row["id"]):
            raise invalid(name="Name", message="Should be unique", attempted=name)
        if self._enabled(row) and row["implementation"] == "Webhook":
            url = str(fields_of(row).get("url") or "")
            if urlsplit(url).scheme not in {"http", "https"} or not urlsplit(url).netloc or url != url.strip():
                raise invalid(name="Url", message="Invalid Url: 'Url' must be a valid URL.", attempted=url)

    def _enabled(self, row: Resource) -> bool:
        flags = set(self._release.events)
        if self._release.program.kind is Kind.READARR:
            flags.discard("onRename")  # forgotten there
        return any(row[flag] for flag in flags)

    # -- events -------------------------------------------------------------------------------------------------------

    async def notify(self, bodies: dict[str, Resource], *, upgrade: bool = False, tags: frozenset[int]) -> None:
        """Post the body of each event to its connections, without retries. `bodies` are keyed by flag."""
        for row in list(self._rows.values()):
            if row["implementation"] != "Webhook" or row["id"] in self.blocked:
                continue
            if row["tags"] is None:
                continue  # deciding fails there: a null reference
            if row["tags"] and not tags.intersection(row["tags"]):
                continue
            for flag, body in bodies.items():
                if row.get(flag) and (not upgrade or row.get("onUpgrade")):
                    await self._deliver(row, body)

    async def _deliver(self, row: Resource, body: Resource) -> None:
        try:
            await self._sender.post(fields_of(row), body)
        except ApiError as error:
            if error.status not in {400, 500}:
                raise

    def health(self) -> list[Resource]:
        """Return the messages of `/health` about paused connections."""
        if not self.blocked:
            return []
        names = [str(self._rows[number]["name"]) for number in self.blocked]
        everything = len(self.blocked) == len(self._rows)
        message = "All notifications are unavailable due to failures"
        if not everything:
            message = f"Notifications unavailable due to failures: {', '.join(names)}"
        return [
            {
                "source": "NotificationStatusCheck",
                "type": "error" if everything else "warning",
                "message": message,
                "wikiUrl": "https://wiki.servarr.com/system#notifications-are-unavailable-due-to-failures",
            }
        ]


def fields_of(row: Resource) -> dict[str, Any]:
    """Return the values of a connection's fields, by name."""
    return {each["name"]: each.get("value") for each in row["fields"]}


def _method(value: Any) -> Any:
    """Parse a method: text that is not a number becomes 0."""
    if isinstance(value, str):
        return int(value) if value.isdigit() else 0
    if value is None:
        raise failed(message="Nullable object must have a value.")
    return value
