"""Faults on demand: wrong responses, interrupted connections, lost scans."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

# Faults that take the place of an answer, or spoil one, matched by path and method.
ANSWER_KINDS = frozenset(
    {
        "status",
        "starting_up",
        "redirect",
        "disconnect",
        "slow",
        "stall",
        "drip",
        "truncated",
        "cut_body",
        "html",
        "empty",
        "huge",
        "gzip_bomb",
        "encoding",
    }
)
# Faults asked for by name where the fake would otherwise behave.
BEHAVIOUR_KINDS = frozenset(
    {
        "malformed_frame",
        "websocket_drop",
        "websocket_handshake",
        "websocket_silent",
        "lost_scan",
        "ignore_file_filter",
        "stale_sections",
    }
)


@dataclass(eq=False)
class Fault:
    """One fault; `times=None` keeps it until it is removed."""

    kind: str
    path: str = "*"
    method: str | None = None
    times: int | None = None
    every: int = 1  # 2: only every other request is affected, beginning with the first
    status: int = 503
    headers: dict[str, str] = field(default_factory=dict)
    body: str | None = None
    query: dict[str, str] = field(default_factory=dict)  # patterns for query values
    to: str = ""  # redirect: the origin of another server; the rest of the address is kept
    seconds: float | None = None  # slow, stall: how long; None holds the answer until released
    after: bool = False  # status, disconnect, slow: the request is carried out before its answer suffers
    hits: int = 0
    matched: int = 0
    memory: Any = None
    _owner: Faults | None = field(default=None, repr=False)
    _released: asyncio.Event = field(default_factory=asyncio.Event, repr=False)

    def matches(self, method: str, path: str, query: dict[str, str]) -> bool:
        """Return whether a request is affected."""
        return (
            self.times != 0
            and (self.method is None or self.method == method)
            and fnmatchcase(path, self.path)
            and all(fnmatchcase(query.get(name, ""), pattern) for name, pattern in self.query.items())
        )

    def is_due(self) -> bool:
        """Count a matching request, and return whether it is one that is affected."""
        self.matched += 1
        return (self.matched - 1) % self.every == 0

    def use(self) -> None:
        """Count one use."""
        self.hits += 1
        if self.times is not None:
            self.times -= 1

    def release(self) -> None:
        """Release a held response."""
        self._released.set()

    async def held(self) -> None:
        """Wait like a slow response."""
        if self.seconds is None:
            await self._released.wait()
            return
        try:
            await asyncio.wait_for(self._released.wait(), self.seconds)
        except TimeoutError:
            return

    def remove(self) -> None:
        """Remove the fault and release what it holds."""
        self.release()
        if self._owner is not None:
            self._owner.discard(self)


class Faults:
    """The active faults; the first one that matches is used."""

    def __init__(self) -> None:
        """Begin without faults."""
        self._active: list[Fault] = []
        self.on_add: Callable[[Fault], None] = lambda _fault: None
        self.on_websocket_drop: Callable[[], bool] = lambda: False

    def add(self, fault: Fault) -> Fault:
        """Activate a fault; return it."""
        if fault.kind not in ANSWER_KINDS | BEHAVIOUR_KINDS:
            msg = f"Unknown kind of fault: {fault.kind}"
            raise ValueError(msg)
        fault._owner = self
        self._active.append(fault)
        self.on_add(fault)
        if fault.kind == "websocket_drop":
            self._drop_websockets(fault)
        return fault

    @property
    def active(self) -> list[Fault]:
        """The active faults, including used ones."""
        return list(self._active)

    def _drop_websockets(self, fault: Fault) -> None:
        """Interrupt the connected websockets, or else the next one."""
        if self.on_websocket_drop():
            fault.use()

    def discard(self, fault: Fault) -> None:
        """Remove a fault."""
        if fault in self._active:
            self._active.remove(fault)

    def clear(self) -> None:
        """Remove all faults."""
        for fault in list(self._active):
            fault.remove()

    def for_request(self, method: str, path: str, query: dict[str, str]) -> Fault | None:
        """Return and count the fault for this request."""
        return self._take(ANSWER_KINDS, method, path, query)

    def take(self, kind: str, method: str = "", path: str = "", query: dict[str, str] | None = None) -> Fault | None:
        """Return and count a fault of behaviour."""
        return self._take({kind}, method, path, query or {})

    def _take(self, kinds: frozenset[str] | set[str], method: str, path: str, query: dict[str, str]) -> Fault | None:
        for fault in self._active:
            if fault.kind in kinds and fault.matches(method, path, query) and fault.is_due():
                fault.use()
                return fault
        return None
