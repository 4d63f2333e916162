"""Servers respond incorrectly, late or not at all, lose their mounts, or are replaced by another host."""

from collections.abc import Callable
from typing import Any, Final

from tests.fake_plex import Fault
from tests.fake_plex.answering import Question
from tests.fake_plex.http import error
from tests.simulation.laws import JudgedWorld
from tests.simulation.network import Reply
from tests.simulation.server import PlexHost, SimulatedServer

_SAID: Final = (
    (400, error(400).body),
    (403, error(403).body),
    (404, error(404).body),
    (502, error(502).body),
    (200, b"<html><body>Welcome</body></html>"),
    (200, b'<?xml version="1.0"?><MediaContainer size="0"></MediaContainer>'),
    (200, b""),
)


class Proxy:
    """Says the same of everything that it is asked, perhaps besides who answers."""

    def __init__(self, behind: PlexHost, status: int, body: bytes, *, passes_identity: bool) -> None:
        """Stand before a server."""
        self._behind = behind
        self._status = status
        self._body = body
        self._passes_identity = passes_identity

    def reply(self, question: Question) -> Reply:
        """Answer."""
        if self._passes_identity and question.path in {"/identity", "/"}:
            return self._behind.reply(question)
        return Reply(self._status, self._body, wrong=True)

    def listen(self, question: Question, drop: Callable[[], None]) -> None:
        """Open no websocket."""


_GROWN: Final = 15.0  # seconds until every file is complete


class ServerEvents:
    """The events of the servers and of the network."""

    def __init__(self, world: JudgedWorld) -> None:
        """Belong to a world."""
        self._world = world
        self._random = world.random

    def server(self) -> SimulatedServer:
        """Choose one of the servers."""
        return self._random.choice(self._world.servers)

    def change_mount(self) -> None:
        """The mounts of one or all locations of a server are removed or restored."""
        server, locations = self.server(), self._world.draw_locations()
        if all(server.mounted[location].now for location in locations):
            missing = self._random.random() < 0.3
            leftovers = ["lost+found/"] if self._random.random() < 0.3 else []
            for location in locations:
                server.unmount(location, missing=missing, leftovers=leftovers)
            there = "away"
        else:
            for location in locations:
                server.mount(location)
            there = "there"
        self._world.tell(f"the mount of {' and '.join(locations)} of server {server.number} is {there}")

    def lose_scans(self) -> None:
        """The next scans are answered with 200 and never run."""
        self._fault("lost_scan", times=self._random.choice([1, 1, 3]))

    def list_late(self) -> None:
        """The server lists files late, or immediately again."""
        self.server().plex.quirks.listing_delay = self._random.choice([0.0, 0.5, 2.0, 4.0])

    def answer_wrongly(self) -> None:
        """Some responses are wrong."""
        kind = self._random.choice(["status", "disconnect", "truncated", "html", "empty", "starting_up"])
        path = self._random.choice(
            ["*", "*/refresh*", "*/all", "/services/browse*", "/library/sections", "/activities"]
        )
        status = self._random.choice([500, 503, 429, 400, 403, 404, 502])
        after = self._random.random() < 0.5
        self._fault(kind, path=path, status=status, after=after, times=self._random.choice([1, 2, 5]))

    def answer_slowly(self) -> None:
        """Some responses are slow, or exceed every timeout."""
        path = self._random.choice(["*", "*/refresh*", "*/all", "/services/browse*"])
        seconds = self._random.choice([0.5, 3.0, 20.0, 100.0])
        self._fault("slow", path=path, seconds=seconds, times=self._random.choice([1, 3]))

    def _fault(self, kind: str, **fields: Any) -> None:
        server = self.server()
        self._world.tell(f"fault of server {server.number}: {kind} {fields}")
        server.plex.faults.add(Fault(kind, **fields))

    def drop_websocket(self) -> None:
        """All connections to a server end."""
        server = self.server()
        self._world.tell(f"connections of server {server.number} end")
        self._world.network.addresses[f"server-{server.number}"].cut()

    def change_token(self) -> None:
        """The token is revoked or accepted again; Home Assistant may get the new one."""
        server, random = self.server(), self._random
        entry = self._world.entries[server.number]
        if server.plex.token == entry.token:
            server.plex.token = f"token-{server.number}-{random.randint(1, 9)}"
        elif random.random() < 0.5:
            server.plex.token = entry.token
        else:
            entry.token = server.plex.token
            if entry.run is not None:
                self._world.callers.append(self._world.loop.create_task(entry.restart()))
        self._world.tell(f"token of server {server.number} is good: {server.plex.token == entry.token}")

    def put_impostor(self) -> None:
        """Another Plex server responds at the address of a server, or the right one again."""
        self._exchange(PlexHost(self._world.impostor), "an impostor")

    def put_proxy(self) -> None:
        """A proxy responds to all requests to a server, or the server again."""
        server = self.server()
        status, body = self._random.choice(_SAID)
        passes = self._random.random() < 0.6
        proxy = Proxy(self._world.host_of(server), status, body, passes_identity=passes)
        self._exchange(proxy, f"a proxy that says {status} {body[:30]!r}, passes={passes}", server)

    def take_server_down(self) -> None:
        """No host responds at the address of a server, or the server again."""
        self._exchange(None, "nobody")

    def silence(self) -> None:
        """Requests to a server are lost, or answered again."""
        server = self.server()
        address = self._world.network.addresses[f"server-{server.number}"]
        if address.silent:
            address.change(self._world.host_of(server))
        else:
            address.change(None, silent=True)
        self._world.tell(f"server {server.number} is {'silent' if address.silent else 'there'}")

    def _exchange(self, host: Any, name: str, server: SimulatedServer | None = None) -> None:
        server = server or self.server()
        address = self._world.network.addresses[f"server-{server.number}"]
        usual = isinstance(address.host, PlexHost) and address.host.plex is server.plex
        address.change(host if usual else self._world.host_of(server))
        self._world.tell(f"at the address of server {server.number} answers {name if usual else 'the server'}")

    def crash_server(self) -> None:
        """A server crashes, loses its queue, and restarts after a while."""
        server = self.server()
        if server.plex.down:
            return
        self._world.tell(f"server {server.number} crashes")
        server.plex.crash()
        self._world.network.addresses[f"server-{server.number}"].cut()
        self._world.loop.call_later(self._random.choice([1.0, 20.0, 300.0]), self._revive, server)

    def _revive(self, server: SimulatedServer) -> None:
        if server.plex.down:
            server.plex.down = False
            self._world.tell(f"server {server.number} is back")

    def mend(self, server: SimulatedServer) -> None:
        """End all faults of a server."""
        server.plex.faults.clear()
        for location in self._world.locations:
            server.mount(location)
        self._revive(server)
        address = self._world.network.addresses[f"server-{server.number}"]
        if address.silent or address.host is None or not self._is_usual(address.host, server):
            address.change(self._world.host_of(server))

    def _is_usual(self, host: object, server: SimulatedServer) -> bool:
        return isinstance(host, PlexHost) and host.plex is server.plex
