"""A Plex server of a simulated world: the fake Plex without its sockets, and a record of what it lists when."""

from collections.abc import Callable, Coroutine, Iterable
from http import HTTPStatus
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any, Final, NamedTuple, Protocol

from tests.fake_plex import FakePlex, Fault, Quirks, Timings
from tests.fake_plex.activities import REFRESH, Activity
from tests.fake_plex.answering import Question, answer, gatekeeper_of, instead
from tests.fake_plex.http import Answer
from tests.fake_plex.listing import News
from tests.fake_plex.models import Item, Part
from tests.fake_plex.rendering import to_xml
from tests.fake_plex.scanning import ScanRequest
from tests.fake_plex.stats import RecordedRequest
from tests.fake_plex.timeline import DELETED, PROCESSED, PROGRESS
from tests.fake_plex.websocket import Listener, parse_filters
from tests.simulation.libraries import SimulatedLibrary, listed_path, location_of, own_path
from tests.simulation.loop import SimulatedLoop
from tests.simulation.network import Reply
from tests.simulation.timeline import Timeline

EPOCH: Final = 1_700_000_000.0  # Unix seconds at the loop's time 0

type Listed = frozenset[tuple[int, int]]  # the sizes and stamps of the parts with one path that are not in the trash


class EndedScan(NamedTuple):
    """A scan that ran to its end. Times are the loop's seconds."""

    library: SimulatedLibrary
    began: float
    folder: str
    ended: float


class OnRefresh(Protocol):
    """Is called when a server is asked for a scan."""

    def __call__(self, section: int, path: str | None, *, will_run: bool) -> None:
        """Note the library and the folder (None: all of it), and whether the server will scan it and say so."""
        ...


class PlexHost:
    """A Plex that answers at an address, whatever Plex that is."""

    def __init__(self, plex: FakePlex, on_refresh: OnRefresh = lambda *_, **__: None) -> None:
        """Answer for a server."""
        self.plex = plex
        self._on_refresh = on_refresh

    def reply(self, question: Question) -> Reply:
        """Answer a question, unless a fault says otherwise."""
        plex = self.plex
        plex.stats.requests.append(
            RecordedRequest(question.method, question.path, dict(question.query), dict(question.headers), "")
        )
        if plex.down:
            return Reply(lost=True)
        fault = plex.faults.for_request(question.method, question.path, dict(question.query))
        if fault is None:
            return _to_reply(self._answer(question))
        reply = self._spoil(question, fault)
        reply.wrong = True
        return reply

    def listen(self, question: Question, drop: Callable[[], None]) -> Stream | None:
        """Open a websocket; None for a server that is away or does not take the token."""
        plex = self.plex
        gatekeeper = gatekeeper_of(plex)
        if plex.down or gatekeeper.refusal(question) is not None or plex.faults.take("websocket_handshake"):
            return None
        listener = Listener(parse_filters(None), gatekeeper.is_admin(question), drop)
        plex.hub.listeners.append(listener)
        plex.hub.accepted += 1
        return Stream(plex, listener)

    def _answer(self, question: Question, *, spoilt: bool = False) -> Answer:
        waiting = len(self.plex.scanner.waiting)
        answered = _run(answer(self.plex, question))
        if question.path.startswith("/library/sections/") and question.path.endswith("/refresh"):
            will_run = answered.status == HTTPStatus.OK and len(self.plex.scanner.waiting) > waiting
            section = int(question.path.split("/")[3])
            self._on_refresh(section, question.query.get("path"), will_run=will_run and not spoilt)
        return answered

    def _spoil(self, question: Question, fault: Fault) -> Reply:
        match fault.kind:
            case "slow":
                reply = _to_reply(self._answer(question, spoilt=True))
                reply.seconds = fault.seconds or 3600.0
                return reply
            case "disconnect":
                if fault.after:
                    self._answer(question, spoilt=True)
                return Reply(lost=True)
            case "truncated":
                reply = _to_reply(self._answer(question))
                reply.body = reply.body[: len(reply.body) // 2]
                return reply
            case _:
                if fault.after:
                    self._answer(question, spoilt=True)
                return _to_reply(instead(question, fault))


class Stream:
    """The server's side of a websocket."""

    def __init__(self, plex: FakePlex, listener: Listener) -> None:
        """Belong to a listener of the server."""
        self._plex = plex
        self._listener = listener

    async def get(self) -> str | None:
        """Return the next frame; None when the connection has ended."""
        frame = await self._listener.frames.get()
        return frame[1] if frame else None

    def close(self) -> None:
        """End the connection."""
        if self._listener in self._plex.hub.listeners:
            self._plex.hub.listeners.remove(self._listener)
        self._listener.frames.put_nowait(None)


class SimulatedServer:
    """A Plex with a record of what it lists, and of which disks it sees."""

    def __init__(self, number: int, loop: SimulatedLoop, random: Random, quirks: Quirks, timings: Timings) -> None:
        """Set a server up, without libraries."""
        self.number = number
        self.loop = loop
        self.plex = FakePlex(
            token=f"token-{number}",
            machine_identifier=f"{number:040x}",
            friendly_name=f"Server {number}",
            quirks=quirks,
            timings=timings,
            clock=lambda: EPOCH + loop.time(),
        )
        self.listed: dict[tuple[SimulatedLibrary, str], Timeline[Listed]] = {}
        self.libraries: dict[int, SimulatedLibrary] = {}  # by section
        self.mounted: dict[str, Timeline[bool]] = {}  # by location
        self.has_leftovers: dict[str, bool] = {}  # by location: whether it is not empty while its disk is away
        self.scans: list[EndedScan] = []
        self.analyzing: dict[str, Timeline[bool]] = {}  # by listed path: whether Plex said that it works on the item
        self.analyzed_at: dict[str, float] = {}  # by listed path: when Plex last said that it has done so
        self.refreshing: Timeline[bool] = Timeline(False)  # whether some item is refreshed on request
        self._watch()

    def add_library(self, library: SimulatedLibrary, real: Path) -> None:
        """Add a library, whose location is a real folder, and list what is in it."""
        added = self.plex.add_library(library.title, library.type, {listed_path(library.location): real})
        self.libraries[added.id] = library
        self.mounted.setdefault(location_of(library.location), Timeline(True))
        self.plex.seed(added)
        self._note(added.all_parts)

    def mount_of(self, path: str) -> Timeline[bool]:
        """Return whether the disk of the location that a path is in was there when."""
        return self.mounted[location_of(path)]

    def listing(self, library: SimulatedLibrary, path: str) -> Timeline[Listed]:
        """Return what a library listed for a path when."""
        return self.listed.setdefault((library, path), Timeline(frozenset()))

    def lists_anything(self, library: SimulatedLibrary, begin: float, end: float) -> bool:
        """Whether a library listed some file all the time of a period."""
        return any(all(timeline.during(begin, end)) for (at, _), timeline in self.listed.items() if at is library)

    def unmount(self, location: str, *, missing: bool, leftovers: Iterable[str]) -> None:
        """Take the disk behind a location away."""
        self.plex.unmount(listed_path(location), missing=missing, leftovers=leftovers)
        self.has_leftovers[location] = bool(leftovers)
        self.mounted[location].set(False, self.loop.time())

    def mount(self, location: str) -> None:
        """Bring the disk back."""
        self.plex.mount(listed_path(location))
        self.has_leftovers[location] = False
        self.mounted[location].set(True, self.loop.time())

    def _watch(self) -> None:
        """Note what is listed whenever that may have changed."""
        listings, database = self.plex.listings, self.plex.database
        listed, settled = listings._list, listings.settled
        removed, trashed = database.remove_parts, database.trash_parts

        def list_news(news: list[News]) -> None:
            before = [each.part.file for each in news]
            listed(news)
            self._note([each.part for each in news])
            self._note_paths(before)

        def remove(parts: Iterable[Part]) -> Any:
            parts = list(parts)
            result = removed(parts)
            self._note(parts)
            return result

        def trash(parts: Iterable[Part]) -> Any:
            parts = list(parts)
            result = trashed(parts)
            self._note(parts)
            return result

        def settle(item: Item) -> None:
            settled(item)
            self._note(item.parts)

        timeline, tell = self.plex.timeline, self.plex.timeline.entry

        def enter(item: Item, state: int, *, media_state: str | None = None) -> None:
            tell(item, state, media_state=media_state)
            is_done, now = media_state is None and state in {PROGRESS, PROCESSED, DELETED}, self.loop.time()
            for part in item.parts:
                self.analyzing.setdefault(part.file, Timeline(False)).set(not is_done, now)
                self.analyzed_at |= {part.file: now} if is_done else {}

        activities, notify = self.plex.activities, self.plex.activities._notify

        def note_activity(event: str, activity: Activity) -> None:
            refreshing = any(each.type == REFRESH for each in activities.running.values())
            self.refreshing.set(refreshing, self.loop.time())
            notify(event, activity)

        scanner, run = self.plex.scanner, self.plex.scanner._run

        async def scan(request: ScanRequest) -> None:
            began = self.loop.time()
            await run(request)
            library = self.libraries[request.library.id]
            folder = library.location if request.path is None else own_path(request.path)
            self.scans.append(EndedScan(library, began, folder, self.loop.time()))

        timeline.entry = enter  # type: ignore[method-assign]
        activities._notify = note_activity  # type: ignore[method-assign]
        scanner._run = scan  # type: ignore[method-assign]
        listings._list = list_news  # type: ignore[method-assign]
        listings.settled = settle  # type: ignore[method-assign]
        database.remove_parts = remove  # type: ignore[method-assign]
        database.trash_parts = trash  # type: ignore[method-assign]

    def _note(self, parts: Iterable[Part]) -> None:
        self._note_paths([part.file for part in parts])

    def _note_paths(self, paths: Iterable[str]) -> None:
        for path in dict.fromkeys(paths):
            for added in self.plex.libraries:
                visible = [
                    part
                    for part in self.plex.parts(path, added)
                    if part.deleted_at is None and not part.unlisted and not part.item.hidden
                ]
                timeline = self.listing(self.libraries[added.id], own_path(path))
                timeline.set(frozenset((part.size, part.stamp) for part in visible), self.loop.time())


def _run[T](handler: Coroutine[Any, Any, T]) -> T:
    """Run a handler of the fake Plex: none of them waits for anything."""
    try:
        handler.send(None)
    except StopIteration as result:
        answered: T = result.value
        return answered
    message = "a handler waits"
    raise RuntimeError(message)


def _to_reply(answered: Answer) -> Reply:
    body = answered.body if answered.node is None else to_xml(answered.node).encode()
    return Reply(answered.status, body, answered.headers)


def tokens_of(requests: Iterable[RecordedRequest]) -> set[str]:
    """Return the tokens in requests."""
    found = (request.headers.get("X-Plex-Token") or request.query.get("X-Plex-Token") for request in requests)
    return set(filter(None, islice(found, 100_000)))
