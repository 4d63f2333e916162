"""What can happen in a simulated world: files come and go, callers report them, and everything else fails."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final

from tests.fake_plex import Fault
from tests.fake_plex.http import error
from tests.simulation.disk import CONTENTS, WHOLE
from tests.simulation.entry import Entry
from tests.simulation.laws import JudgedWorld
from tests.simulation.network import Reply
from tests.simulation.server import PlexHost, SimulatedServer
from tests.simulation.world import LOCATION, TREASURE

from tests.fake_plex.answering import Question

type Event = Callable[[], Awaitable[None] | None]

_PAUSES: Final = (0.0, 0.0, 0.05, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 400.0)  # seconds


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
        return Reply(self._status, self._body)

    def listen(self, question: Question, drop: Callable[[], None]) -> None:
        """Open no websocket."""


_GROWN: Final = 15.0  # seconds until every file is complete
_SAID: Final = (
    (400, error(400).body),
    (403, error(403).body),
    (404, error(404).body),
    (502, error(502).body),
    (200, b"<html><body>Welcome</body></html>"),
    (200, b'<?xml version="1.0"?><MediaContainer size="0"></MediaContainer>'),
    (200, b""),
)


class Events:
    """Draws the events of a history, of those kinds that its plan has."""

    def __init__(self, world: JudgedWorld) -> None:
        """Belong to a world."""
        self._world = world
        self._random = world.random
        self._held: list[Fault] = []

    def draw(self) -> Event:
        """Return the next event."""
        troubles = self._world.plan.troubles
        weights: dict[Event, int] = {self.add_or_replace: 8, self.remove: 3, self.report_folder: 2, self.remove_show: 1}
        weights |= {self.report_again: 3, self.report_subtitle: 1}
        for name, event in self._troubles().items():
            if name in troubles:
                weights[event] = 2
        (event,) = self._random.choices(list(weights), list(weights.values()))
        return event

    def pause(self) -> float:
        """Return how long nothing happens, in seconds."""
        return self._random.choice(_PAUSES)

    def _troubles(self) -> dict[str, Event]:
        return {
            "crash": self.crash,
            "restart": self.restart,
            "mount": self.change_mount,
            "local_mount": self.change_local_mount,
            "lost_scans": self.lose_scans,
            "late_listing": self.list_late,
            "growing": self.grow,
            "impostor": self.put_impostor,
            "proxy": self.put_proxy,
            "server_down": self.take_server_down,
            "server_crash": self.crash_server,
            "silent": self.silence,
            "errors": self.answer_wrongly,
            "slow": self.answer_slowly,
            "websocket_drop": self.drop_websocket,
            "full_disk": self.fill_disk,
            "token": self.change_token,
            "untrue_words": self.report_untruth,
        }

    # -- files ------------------------------------------------------------------------------------------------------

    def episode(self) -> str:
        """Name an episode, which may be there or not."""
        random = self._random
        show, season, number = random.randint(1, 3), random.randint(1, 2), random.randint(1, 3)
        suffix = random.choice(["", "", "", "", "", "-trailer"])
        return f"Show {show}/Season {season:02}/Show {show} - S{season:02}E{number:02}{suffix}.mkv"

    def report(self, path: str, **said: Any) -> None:
        """Report a path once, or by several callers."""
        random = self._random
        for _ in range(random.choice([1, 1, 1, 1, 2])):
            said_here = dict(said)
            if random.random() < 0.1:
                said_here["force"] = True
            if random.random() < 0.1:
                said_here["validate"] = random.random() < 0.5
            wait = random.choice([None, None, 0.5, 10.0, 60.0, 300.0])
            self._world.submit(path, wait=wait, **said_here)

    def add_or_replace(self) -> None:
        """A file is imported and reported, perhaps with its size."""
        world, path = self._world, self.episode()
        old = world.tree.facts(path).now
        choices = [content for content in CONTENTS[:WHOLE] if old is None or len(content) != old[0]]
        content = self._random.choice(choices)
        world.tree.write(path, content)
        world.tell(f"written: {path} ({len(content)} bytes)")
        self.report(path, **({"size": len(content)} if self._random.random() < 0.3 else {}))

    def grow(self) -> None:
        """A file is reported while it is still being written."""
        world, path = self._world, self.episode()
        steps = sorted(self._random.sample([0.5, 1.0, 2.0, 5.0, 15.0], 2))
        world.tree.write(path, CONTENTS[2])
        world.tell(f"begins to grow: {path}")
        self.report(path)
        for step, content in zip(steps, (CONTENTS[3], CONTENTS[1]), strict=True):
            world.loop.call_later(step, self._grow, path, content)

    def _grow(self, path: str, content: bytes) -> None:
        if self._world.tree.facts(path).now is not None:
            self._world.tree.write(path, content)
            self._world.tell(f"has grown: {path}")

    def remove(self) -> None:
        """A file is removed, and reported as such or just reported."""
        world = self._world
        there = [path for path in world.tree.present() if path != TREASURE]
        if not there:
            return
        path = self._random.choice(there)
        world.tree.remove(path)
        world.tell(f"removed: {path}")
        self.report(path, **({"gone": True} if self._random.random() < 0.7 else {}))

    def remove_show(self) -> None:
        """The folder of a season or of a show is removed."""
        world = self._world
        folders = [path for path, there in sorted(world.tree.folders.items()) if there.now and path.startswith("Show")]
        if any(server.plex.quirks.browse_refused for server in world.servers):
            # What needs a whole location waits for ever where nobody can ask about the disk (docs/reliability.md).
            folders = [path for path in folders if "/" in path]
        if not folders:
            return
        folder = self._random.choice(folders)
        world.tree.remove(folder)
        world.tell(f"removed with all that is in it: {folder}")
        self.report(folder, **({"gone": True} if self._random.random() < 0.7 else {}))

    def report_folder(self) -> None:
        """The folder of a season is reported."""
        self.report(self.episode().rpartition("/")[0])

    def report_again(self) -> None:
        """A path is reported that need not have changed."""
        self.report(self.episode())

    def report_untruth(self) -> None:
        """A report says something that is not so."""
        self.report(self.episode(), gone=self._random.random() < 0.5, size=self._random.choice([None, 1, 2397]))

    def report_subtitle(self) -> None:
        """A subtitle is written beside an episode, and reported."""
        path = self.episode().removesuffix(".mkv") + ".en.srt"
        self._world.tree.write(path, b"1\n")
        self.report(path)

    # -- Home Assistant -----------------------------------------------------------------------------------------------

    def entry(self) -> Entry:
        """Choose one of the entries."""
        return self._random.choice(self._world.entries)

    def crash(self) -> None:
        """Home Assistant is killed, and started again after a while."""
        self._world.tell("crash")
        for entry in self._world.entries:
            entry.crash()
        after = self._random.choice([0.1, 5.0, 60.0])
        self._world.loop.call_later(after, self._start_all)

    def _start_all(self) -> None:
        for entry in self._world.entries:
            entry.start()

    async def restart(self) -> None:
        """Reload an entry."""
        entry = self.entry()
        if entry.run is not None:
            self._world.tell(f"reload of server {entry.server.number}")
            await entry.restart()

    def fill_disk(self) -> None:
        """The disk of the journals is full, or has room again."""
        full = not self._world.entries[0].disk_is_full
        self._world.tell(f"the disk of the journals is {'full' if full else 'not full'}")
        for entry in self._world.entries:
            entry.fill_disk(full=full)

    def change_local_mount(self) -> None:
        """What Home Assistant sees of the files goes away or comes back."""
        world, point = self._world, self._world.local_point
        there = not world.local_mounted.now
        if there:
            point.rmdir()
            point.symlink_to(world.tree.root, target_is_directory=True)
        else:
            point.unlink()
            point.mkdir()
        world.local_mounted.set(there, world.loop.time())
        world.tell(f"Home Assistant's mount is {'there' if there else 'away'}")

    # -- servers ------------------------------------------------------------------------------------------------------

    def server(self) -> SimulatedServer:
        """Choose one of the servers."""
        return self._random.choice(self._world.servers)

    def change_mount(self) -> None:
        """The disk that a server sees goes away or comes back."""
        server = self.server()
        if server.mounted.now:
            server.unmount(
                LOCATION,
                missing=self._random.random() < 0.3,
                leftovers=["lost+found/"] if self._random.random() < 0.3 else [],
            )
        else:
            server.mount(LOCATION)
        self._world.tell(f"the mount of server {server.number} is {'there' if server.mounted.now else 'away'}")

    def lose_scans(self) -> None:
        """The next scans are answered with 200 and never run."""
        self._fault("lost_scan", times=self._random.choice([1, 1, 3]))

    def list_late(self) -> None:
        """The server lists what it reads after a while, or at once again."""
        self.server().plex.quirks.listing_delay = self._random.choice([0.0, 0.5, 2.0, 4.0])

    def answer_wrongly(self) -> None:
        """Some answers are wrong."""
        kind = self._random.choice(["status", "disconnect", "truncated", "html", "empty", "starting_up"])
        path = self._random.choice(
            ["*", "*/refresh*", "*/all", "/services/browse*", "/library/sections", "/activities"]
        )
        status = self._random.choice([500, 503, 429, 400, 403, 404, 502])
        after = self._random.random() < 0.5
        self._fault(kind, path=path, status=status, after=after, times=self._random.choice([1, 2, 5]))

    def answer_slowly(self) -> None:
        """Some answers take long, or longer than anyone waits."""
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
        """The token is revoked, or taken again; perhaps Home Assistant gets the new one."""
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

    # -- the network --------------------------------------------------------------------------------------------------

    def put_impostor(self) -> None:
        """Another Plex answers at the address of a server, or the right one again."""
        self._exchange(PlexHost(self._world.impostor), "an impostor")

    def put_proxy(self) -> None:
        """Something answers for everything that a server is asked, or the server again."""
        server = self.server()
        status, body = self._random.choice(_SAID)
        passes = self._random.random() < 0.6
        proxy = Proxy(self._world.host_of(server), status, body, passes_identity=passes)
        self._exchange(proxy, f"a proxy that says {status} {body[:30]!r}, passes={passes}", server)

    def take_server_down(self) -> None:
        """Nothing answers at the address of a server, or the server again."""
        self._exchange(None, "nobody")

    def silence(self) -> None:
        """Questions to a server vanish, or are answered again."""
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
        """A server dies, loses its queue, and is there again after a while."""
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

    # -- the end ------------------------------------------------------------------------------------------------------

    async def lift_all(self) -> None:
        """End all that is wrong."""
        world = self._world
        await asyncio.sleep(_GROWN)
        world.tell("all faults are lifted")
        for entry in world.entries:
            entry.fill_disk(full=False)
        if not world.local_mounted.now:
            self.change_local_mount()
        for server in world.servers:
            server.plex.faults.clear()
            server.mount(LOCATION)
            self._revive(server)
            address = world.network.addresses[f"server-{server.number}"]
            if address.silent or address.host is None or not self._is_usual(address.host, server):
                address.change(world.host_of(server))
            entry = world.entries[server.number]
            if entry.token != server.plex.token:
                entry.token = server.plex.token
                await entry.restart()
        self._start_all()

    def _is_usual(self, host: object, server: SimulatedServer) -> bool:
        return isinstance(host, PlexHost) and host.plex is server.plex
