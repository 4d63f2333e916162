"""The network of a simulated world: addresses, the hosts at them, and their response times."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from math import inf
from random import Random
from typing import Final, Protocol
from urllib.parse import parse_qsl, unquote

from tests.fake_plex.answering import Question
from tests.simulation.loop import SimulatedLoop
from tests.simulation.timeline import Timeline

_REFUSALS: Final = {400, 401, 403}
_LATELY: Final = 120.0  # seconds: how long a slow answer counts after it has arrived
HEARTBEAT: Final = 45.0  # seconds until a websocket that hears nothing any more is given up


@dataclass(slots=True)
class Reply:
    """What comes back. `seconds` is how long it takes, `lost` that the connection ends instead of it."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    lost: bool = False
    wrong: bool = False
    """Whether something else than the server's own answer comes back, or part of it."""


@dataclass(slots=True, frozen=True)
class WrongAnswer:
    """An answer that a request can fail with. `at` is in the loop's seconds."""

    at: float
    path: str
    status: int


class Host(Protocol):
    """A host that responds at an address."""

    def reply(self, question: Question) -> Reply:
        """Answer a question."""
        ...

    def listen(self, question: Question, drop: Callable[[], None]) -> Frames | None:
        """Open a websocket; None if it is refused."""
        ...


class Frames(Protocol):
    """The server's side of a websocket."""

    async def get(self) -> str | None:
        """Return the next frame; None when the connection has ended."""
        ...

    def close(self) -> None:
        """End the connection."""
        ...


class Address:
    """One address: `host` answers there, nobody does (None), or questions vanish (`silent`).

    Connections last as long as the same host answers.
    """

    def __init__(self, name: str, loop: SimulatedLoop, random: Random) -> None:
        """Begin without a host."""
        self.name = name
        self.loop = loop
        self.random = random
        self.host: Host | None = None
        self.silent = False
        self.generation = 0  # counts the changes of what answers
        self.changed_at = 0.0  # when that was last the case, in the loop's seconds
        self.wrong_answers: list[WrongAnswer] = []
        self.answers: dict[str, list[float]] = {}  # when questions for a path were answered rightly
        self.late = 0.0  # seconds: the sum of what slow answers have taken that arrived lately, or have not arrived
        self.heard: Timeline[bool] = Timeline(False)  # whether a websocket is open and what the host sends arrives
        self._drops: list[Callable[[], None]] = []

    def change(self, host: Host | None, *, silent: bool = False) -> None:
        """Have another host answer from now on. Open websockets end at once, or after their heartbeat."""
        self.host, self.silent = host, silent
        self.cut()

    def cut(self) -> None:
        """End all connections."""
        self.generation += 1
        self.changed_at = self.loop.time()
        self.heard.set(False, self.loop.time())
        drops, self._drops = self._drops, []
        for drop in drops:
            if self.silent or self.random.random() < 0.2:
                self.loop.call_later(HEARTBEAT, drop)
            else:
                drop()

    def reply(self, question: Question) -> Reply:
        """Return the host's answer, with the time that the network takes added."""
        if self.silent or self.host is None:
            return Reply(lost=not self.silent, seconds=3600.0 * self.silent)
        reply = self.host.reply(question)
        if reply.wrong or reply.status in _REFUSALS:
            self.wrong_answers.append(WrongAnswer(self.loop.time(), question.path, reply.status))
        else:
            self.answers.setdefault(question.path, []).append(self.loop.time())
        if reply.seconds:
            self.late += reply.seconds
            self.loop.call_later(reply.seconds + _LATELY, self._forget, reply.seconds)
        reply.seconds += self.random.expovariate(100)
        return reply

    def wrong_since(self, begin: float) -> list[WrongAnswer]:
        """Return the wrong answers and the refusals since a moment."""
        return [each for each in self.wrong_answers if each.at >= begin]

    def first_answer(self, path: str, since: float) -> float:
        """Return when a question for this path was first answered rightly since a moment; infinity if it was not."""
        return next((at for at in self.answers.get(path, ()) if at >= since), inf)

    def listen(self, question: Question, drop: Callable[[], None]) -> Frames | None:
        """Open a websocket at the host; None if it is refused."""
        frames = None if self.host is None or self.silent else self.host.listen(question, drop)
        if frames is not None:
            self._drops.append(drop)
            self.heard.set(True, self.loop.time())
        return frames

    def _forget(self, seconds: float) -> None:
        self.late -= seconds


class Network:
    """Leads host names to addresses. A name is `<address>.<run>`: a run that has crashed reaches nothing any more."""

    def __init__(self, loop: SimulatedLoop, random: Random) -> None:
        """Begin without addresses."""
        self.loop = loop
        self.random = random
        self.addresses: dict[str, Address] = {}
        self.crashed: set[str] = set()

    def add(self, name: str) -> Address:
        """Add an address at which nothing answers yet."""
        address = self.addresses[name] = Address(name, self.loop, self.random)
        return address

    async def sleep(self, seconds: float) -> None:
        """Let virtual time pass."""
        await asyncio.sleep(seconds)

    def is_alive(self, host: str) -> bool:
        """Whether the run that uses this name still runs."""
        return host.partition(".")[2] not in self.crashed

    def find(self, host: str) -> Address | None:
        """Return the address, if the run still runs and something may answer there."""
        address = self.addresses[host.partition(".")[0]]
        return address if self.is_alive(host) else None


def parse_request(raw: bytes) -> Question:
    """Parse the head of an HTTP request."""
    first, *lines = raw.decode().split("\r\n")
    method, target, _version = first.split(" ")
    headers = dict(line.split(": ", 1) for line in lines if line)
    return question_of(method, target, headers)


def question_of(method: str, target: str, headers: Mapping[str, str]) -> Question:
    """Return a question for a path with its query."""
    path, raw_query, query = _split(target)
    return Question(method, path, raw_query, dict(query), headers)


@lru_cache(10_000)
def _split(target: str) -> tuple[str, str, dict[str, str]]:
    path, _, raw_query = target.partition("?")
    return unquote(path), raw_query, dict(parse_qsl(raw_query, keep_blank_values=True))


def render(reply: Reply) -> bytes:
    """Write an answer as HTTP."""
    head = {"Content-Length": str(len(reply.body)), "Content-Type": "text/xml;charset=utf-8", **reply.headers}
    lines = [f"HTTP/1.1 {reply.status} Whatever", *(f"{name}: {value}" for name, value in head.items()), "", ""]
    return "\r\n".join(lines).encode() + reply.body
