"""The pending requests, and how a newer request for a path is merged with an older one."""

import asyncio
from collections.abc import Container, Iterator
from dataclasses import replace
from typing import Self
from uuid import uuid4

from ..libraries.known_libraries import LibraryRegistry
from ..models import ScanRequest, ScanResult
from ..paths.clean_path import CleanPath, InvalidPathError
from .progress.request_progress import Progress

type RequestKey = tuple[str, tuple[str, ...]]  # a path and the libraries that it is restricted to


class PendingRequest:
    """An accepted request. It always ends with a result, in this run or after the next start.

    A request for the path of another pending request follows that one, its leader, and gets its result. There can be
    tens of thousands; the more objects each consists of, the longer Python's garbage collector blocks the event loop.
    """

    __slots__ = (
        "_done",
        "_is_done",
        "has_slot",
        "key",
        "leader",
        "library_id",
        "progresses",
        "reported_at",
        "request",
        "result",
        "started_at",
        "task",
    )

    def __init__(self, request: ScanRequest, now: float, leader: Self | None = None) -> None:
        """Begin without a result. `now` is in monotonic seconds."""
        self.request = request  # the newest report, merged with the older ones
        self.started_at = now  # in monotonic seconds
        self.reported_at = now  # the newest report, in monotonic seconds
        self.leader = leader  # the pending request that this one follows
        self.result: ScanResult | None = None  # of a leader; a follower has `own_result`
        self._is_done = False
        self._done: asyncio.Event | None = None
        self.progresses: tuple[Progress, ...] = ()  # the progress in each library that contains the path
        self.key: RequestKey = ("", ())  # the path as Plex sees it, as it was when the request was added
        self.task: asyncio.Task[None] | None = None  # its processing; None while it waits for a slot
        self.library_id: int | None = None  # the library whose slots it uses, so that a busy one delays no other
        self.has_slot = False  # whether it counts towards the limit of that library

    @property
    def done(self) -> asyncio.Event:
        """The event that is set when there is a result, or the engine has stopped. Only created for those who wait."""
        if self._done is None:
            self._done = asyncio.Event()
            if self._is_done:
                self._done.set()
        return self._done

    def end(self) -> None:
        """Resume those who wait: there is a result, or the engine has stopped."""
        self._is_done = True
        if self._done is not None:
            self._done.set()

    @property
    def root(self) -> Self:
        """The request that is processed for this one: the leader, or this request itself."""
        return self.leader.root if self.leader else self

    def own_result(self) -> ScanResult | None:
        """Return the result of the leader, with the path as this request spelled it; None while it is pending."""
        result = self.root.result
        return replace(result, request=self.request) if result and self.leader else result

    def update(self, request: ScanRequest, now: float, same_report: float, *, validates: bool) -> None:
        """Continue with a newer report about the path. `validates` is whether its result is validated."""
        self.request, self.reported_at = request, now
        for progress in self.progresses:
            progress.update(request, now, same_report, validates=validates)


def merge_requests(old: ScanRequest, new: ScanRequest, same_report: float) -> ScanRequest:
    """Return a newer request for the path of an older one.

    The values of the newer one count, except the stronger `force` and `validate`, and the time of acceptance. The older
    size is kept only if the newer request has none and was accepted at most `same_report` seconds later: after that, it
    can be about another file.
    """
    is_same_file = new.size is None and new.accepted_at - old.accepted_at <= same_report
    return replace(
        new,
        force=old.force or new.force,
        validate=_stronger(old.validate, new.validate),
        size=old.size if is_same_file else new.size,
        contradicted=old.contradicted or old.gone is not new.gone,
        accepted_at=min(old.accepted_at, new.accepted_at),
    )


def _stronger(one: bool | None, other: bool | None) -> bool | None:  # noqa: FBT001 - a field's two values
    """Return the value of `validate` that asks for more; None means that the option decides."""
    if one or other:
        return True
    return None if one is None or other is None else False


class PendingRequests:
    """The unfinished requests of one server, the oldest first: one for each path and choice of libraries."""

    def __init__(self, registry: LibraryRegistry, same_report: float) -> None:
        """Begin empty. `registry` maps paths, so that two spellings of one path meet.

        Reports at most `same_report` seconds apart are about the same change.
        """
        self._registry = registry
        self._same_report = same_report
        self._in_order: dict[PendingRequest, None] = {}
        self._ids: set[str] = set()
        self._replaced: dict[str, tuple[ScanRequest, ...]] = {}  # what a merged request replaces on disk, by its id
        self._by_path: dict[RequestKey, PendingRequest] = {}

    def __len__(self) -> int:
        """Return how many requests are not finished."""
        return len(self._in_order)

    def __iter__(self) -> Iterator[PendingRequest]:
        """Iterate over the requests, the oldest first; one that others have joined keeps its place."""
        return iter(self._in_order)

    def __contains__(self, request_id: object) -> bool:
        """Return whether a request is not finished."""
        return request_id in self._ids

    def find(self, request: ScanRequest) -> PendingRequest | None:
        """Return the request for the same path and libraries."""
        return self._by_path.get(self._key(request))

    def at_or_below(self, folder: str) -> list[PendingRequest]:
        """Return the requests for a path and for everything below it. Raises InvalidPathError."""
        top = self._registry.resolve_cached(folder).mapped.path
        return [pending for pending in self if (path := self._path(pending.request)) and path.is_below(top)]

    def add(self, pending: PendingRequest) -> None:
        """Add a request."""
        pending.key = self._key(pending.request)
        self._in_order[pending] = None
        self._ids.add(pending.request.id)
        self._by_path[pending.key] = pending

    def stored_form(self, request: ScanRequest, stored_ids: Container[str]) -> tuple[ScanRequest, str | None]:
        """Return a new request as it is to be stored, and the id of the stored request that it replaces.

        It is merged with the pending request that it joins if that one is stored, and replaces its row.
        """
        leader = self.find(request)
        if leader is None or leader.request.id not in stored_ids:
            return request, None
        return merge_requests(leader.request, request, self._same_report), leader.request.id

    def merge(
        self, pending: PendingRequest, newer: ScanRequest, stored: ScanRequest | None
    ) -> tuple[ScanRequest, bool]:
        """Merge a newer request into a pending one, and register the merged id; the caller then calls `update`.

        `stored` is the newer one as the journal contains it. Return the merged request, and True if it needs no row of
        its own: the journal contains exactly that, or nothing. False means that another request has joined since, so
        that the journal contains a different form, which must be replaced; the merged request then has a new id, since
        a row of the journal is never changed.
        """
        merged = merge_requests(pending.request, newer, self._same_report)
        is_stored = stored is None or stored == replace(merged, accepted_at=stored.accepted_at)
        request = merged if is_stored else replace(merged, id=uuid4().hex)
        self._ids.remove(pending.request.id)
        self._ids.add(request.id)
        replaced = self._replaced.pop(pending.request.id, ())
        if replaced or not is_stored:
            self._replaced[request.id] = (*replaced, pending.request, newer)
        return request, is_stored

    def rows_of(self, pending: PendingRequest) -> tuple[ScanRequest, ...]:
        """Return all forms of a request that the journal can contain: the disk may have been full for the latest."""
        return (pending.request, *self._replaced.get(pending.request.id, ()))

    def remove(self, pending: PendingRequest) -> None:
        """Remove a finished request."""
        self._in_order.pop(pending, None)
        self._ids.discard(pending.request.id)
        self._replaced.pop(pending.request.id, None)
        if self._by_path.get(pending.key) is pending:
            del self._by_path[pending.key]

    def _key(self, request: ScanRequest) -> RequestKey:
        path = self._path(request)
        return (f"{path.flavour}:{path.key}", tuple(sorted(request.libraries))) if path else (request.id, ())

    def _path(self, request: ScanRequest) -> CleanPath | None:
        """Return the path as Plex sees it; None for an invalid one."""
        try:
            return self._registry.resolve_cached(request.path).mapped.path
        except InvalidPathError:
            return None
