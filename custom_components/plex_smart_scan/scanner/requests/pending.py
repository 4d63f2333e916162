"""Accepted requests that are not finished: who waits for them, and how a newer word about a path joins an older one."""

import asyncio
from dataclasses import replace
from typing import Self

from ..models import ScanRequest, ScanResult
from .progress.progress import Progress


class PendingRequest:
    """An accepted request. It always ends in a result, if not in this run then after the next start.

    A request for a path that another pending request is about follows that one, and gets its result.
    """

    def __init__(self, request: ScanRequest, now: float, leader: Self | None = None) -> None:
        """Begin without a result. `now` is in monotonic seconds."""
        self.request = request
        self.started_at = now
        self.leader = leader
        self.result: ScanResult | None = None
        self.done = asyncio.Event()
        self.parts: tuple[Progress, ...] = ()
        self.key: tuple[str, tuple[str, ...]] = ("", ())
        self.task: asyncio.Task[None] | None = None
        # The library in whose line it stands, so that a busy one holds up no other, and whether it has a slot there.
        self.line: int | None = None
        self.has_slot = False

    @property
    def root(self) -> Self:
        """The request that does the work."""
        return self.leader.root if self.leader else self

    def own_result(self) -> ScanResult | None:
        """Return the result for the path as this request gave it."""
        result = self.root.result
        return replace(result, request=self.request) if result and self.leader else result

    def update(self, request: ScanRequest, now: float, same_word: float) -> None:
        """Go on with a newer word about the path."""
        self.request = request
        for part in self.parts:
            part.update(request, now, same_word)


def merged(old: ScanRequest, new: ScanRequest) -> ScanRequest:
    """Return a newer request for the path of an older one, with the stronger wish of each field."""
    return replace(
        new,
        force=old.force or new.force,
        validate=_stronger(old.validate, new.validate),
        size=old.size if new.size is None else new.size,
        contradicted=old.contradicted or old.gone is not new.gone,
        accepted_at=min(old.accepted_at, new.accepted_at),
    )


def _stronger(one: bool | None, other: bool | None) -> bool | None:  # noqa: FBT001 - a field's two values
    """Return which of two wishes for validation asks for more; None leaves it to the option."""
    if one or other:
        return True
    return None if one is None or other is None else False
