"""Creates, checks and repairs the Webhook connection in a program."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from .client import ArrClient, Resource
from .probe import Failure, Probes, async_prove
from .programs import ArrProgram
from .webhook_connection import (
    base_url_of,
    connections_to_webhook,
    corrected,
    former_connections,
    is_blocked,
    is_right,
    new_connection,
    webhook_url,
)

_NAME: Final = "Home Assistant: {server} (Plex Smart Scan)"


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookTarget:
    """The target of a connection. `source` identifies the downloader in the URL."""

    server: str
    webhook_id: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Established:
    """A connection whose notifications arrive. `duplicates` also post to our webhook."""

    connection: Resource
    base_url: str
    duplicates: tuple[int, ...] = ()


class NotProvenError(Exception):
    """No URL could be verified. `failures` has the reason for each."""

    def __init__(self, failures: Sequence[Failure]) -> None:
        """Store the failures."""
        super().__init__(", ".join(f"{each.address}: {each.obstacle}" for each in failures))
        self.failures = tuple(failures)


class WebhookSetup:
    """The connection of one program to our webhook. All methods raise ArrError."""

    def __init__(self, client: ArrClient, program: ArrProgram, wanted: WebhookTarget, probes: Probes) -> None:
        """Store the dependencies without sending a request."""
        self._client = client
        self._program = program
        self._wanted = wanted
        self._probes = probes

    async def find(self, known_id: int | None) -> list[Resource]:
        """Return the connections to our webhook, the known one first, then by ID."""
        return self._own_connections(await self._client.connections(), known_id)

    def _own_connections(self, connections: Sequence[Resource], known_id: int | None) -> list[Resource]:
        found = connections_to_webhook(connections, self._wanted.webhook_id)
        found += [each for each in former_connections(connections, known_id, self._wanted.source) if each not in found]
        return sorted(found, key=lambda each: each.get("id") != known_id)

    async def establish(
        self, known_id: int | None, addresses: Iterable[str], preferred: str | None = None
    ) -> Established:
        """Verify a URL and save the connection with it. Raises NotProvenError and NotSavedError.

        An existing connection is adopted. Its own URL is tried before the others, but after the preferred one.
        """
        connections = await self._client.connections()
        found = self._own_connections(connections, known_id)
        template = found[0] if found else await self._new(connections)
        failures: list[Failure] = []
        existing = base_url_of(template) if found else None
        for address in dict.fromkeys(each for each in (preferred, existing, *addresses) if each):
            url = webhook_url(address, self._wanted.webhook_id, self._wanted.source)
            connection = corrected(template, self._program, url)
            failure = await async_prove(self._client, self._probes, connection)
            if failure is None:
                saved = await self._save(connection, url)
                others = tuple(int(each["id"]) for each in found[1:])
                return Established(connection=saved, base_url=address, duplicates=others)
            failures.append(failure)
        raise NotProvenError(failures)

    async def maintain(self, known_id: int | None, base_url: str, addresses: Iterable[str]) -> Established:
        """Check the connection, and repair it if it differs or is paused. Raises the same errors as `establish`."""
        found = await self.find(known_id)
        url = webhook_url(base_url, self._wanted.webhook_id, self._wanted.source)
        if found and is_right(found[0], self._program, url):
            connection = found[0]
            if is_blocked(await self._client.health(), connection):
                # A successful test with the ID ends the pause.
                failure = await async_prove(self._client, self._probes, connection)
                if failure is not None:
                    raise NotProvenError([failure])
            return Established(connection=connection, base_url=base_url)
        return await self.establish(known_id, addresses, preferred=base_url)

    async def _new(self, connections: Sequence[Resource]) -> Resource:
        names = {str(each.get("name", "")).casefold() for each in connections}
        name = first = _NAME.format(server=self._wanted.server)
        number = 1
        while name.casefold() in names:
            number += 1
            name = f"{first} {number}"
        return new_connection(await self._client.webhook_template(), self._program, name, "http://unused.invalid/")

    async def _save(self, connection: Resource, url: str) -> Resource:
        """Save a connection and read it back from the program's list."""
        saved = await (self._client.update(connection) if connection.get("id") else self._client.create(connection))
        listed = [each for each in await self._client.connections() if each.get("id") == saved.get("id")]
        if not listed or not is_right(listed[0], self._program, url):
            raise NotSavedError
        return listed[0]


class NotSavedError(Exception):
    """The program accepted the connection but lists it with other settings."""
