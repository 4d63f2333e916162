"""An event loop in virtual time: nothing waits, nothing runs in a thread, and one seed gives one order of events."""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor
from functools import partial
import heapq
from itertools import count
from random import Random
from typing import Any, Final, override

_MAX_CALLBACKS: Final = 400_000  # of one history; a quiet one needs a few thousand


class StuckError(Exception):
    """Nothing can ever happen any more, although somebody still waits."""


class BusyError(Exception):
    """Callbacks follow each other without an end."""


class _NumberedFuture[T](asyncio.Future[T]):
    """A future with a hash of its own: sets of futures have the same order in every run."""

    def __init__(self, *, loop: SimulatedLoop) -> None:
        super().__init__(loop=loop)
        self._number = next(loop.numbers)

    @override
    def __hash__(self) -> int:
        return self._number


class _NumberedTask[T](asyncio.Task[T]):
    """A task with a hash of its own."""

    def __init__(self, coro: Coroutine[Any, Any, T], *, loop: SimulatedLoop, **options: Any) -> None:
        self._number = next(loop.numbers)
        super().__init__(coro, loop=loop, **options)

    @override
    def __hash__(self) -> int:
        return self._number


class SimulatedLoop(asyncio.BaseEventLoop):
    """Runs callbacks until none is ready, and then moves its clock to the next timer.

    What would run in a thread runs in the loop, after a short time and with a result after another; `delay` makes the
    result of the call that is running come later.
    """

    # What BaseEventLoop keeps and does not declare.
    _ready: deque[asyncio.Handle]
    _scheduled: list[asyncio.TimerHandle]
    _stopping: bool

    def __init__(self, random: Random) -> None:
        """Begin at an arbitrary time; `random` draws the latencies."""
        super().__init__()
        self._now = 1000.0
        self._random = random
        self._delay = 0.0
        self.callbacks = 0
        self.numbers = count()
        self.errors: list[str] = []
        self.set_task_factory(self._make_task)
        self.set_exception_handler(self._note_error)

    @override
    def time(self) -> float:
        """Return the virtual time in seconds."""
        return self._now

    @override
    def create_future(self) -> asyncio.Future[Any]:
        """Return a future with a reproducible hash."""
        return _NumberedFuture(loop=self)

    def delay(self, seconds: float) -> None:
        """Have the result of the call that is running now arrive so much later."""
        self._delay += seconds

    @override
    def run_in_executor[*Ts, T](
        self, executor: Executor | None, func: Callable[[*Ts], T], *args: *Ts
    ) -> asyncio.Future[T]:
        """Run a blocking function in the loop: after a short time, or at once if the executor is an `Inline` one."""
        future: asyncio.Future[Any] = self.create_future()
        before = executor.delay() if isinstance(executor, Inline) else self._random.expovariate(200)
        self.call_later(before, self._run_blocking, future, partial(func, *args))
        return future

    def _run_blocking(self, future: asyncio.Future[Any], func: Callable[[], object]) -> None:
        if future.cancelled():
            return
        self._delay = 0.0
        result = error = None
        try:
            result = func()
        except Exception as raised:  # noqa: BLE001 - handed to whoever waits
            error = raised
        after = self._delay
        if after:
            self.call_later(after, _settle, future, result, error)
        else:
            _settle(future, result, error)

    def _make_task(
        self, _loop: asyncio.AbstractEventLoop, coro: Coroutine[Any, Any, Any], **options: Any
    ) -> asyncio.Task[Any]:
        return _NumberedTask(coro, loop=self, **options)

    def _note_error(self, _loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        self.errors.append(f"{context.get('message')}: {context.get('exception')!r}")

    def _run_once(self) -> None:
        """Run what is ready, else move the clock. Raises StuckError and BusyError."""
        ready, timers = self._ready, self._scheduled
        while timers and timers[0].cancelled():
            self._next_timer()
        if not ready and not self._stopping:
            if not timers:
                raise StuckError
            self._now = max(self._now, timers[0].when())
        while timers and timers[0].when() <= self._now:
            ready.append(self._next_timer())
        self.callbacks += len(ready)
        if self.callbacks > _MAX_CALLBACKS:
            raise BusyError
        for _ in range(len(ready)):
            handle = ready.popleft()
            if not handle.cancelled():
                handle._run()

    def _next_timer(self) -> asyncio.TimerHandle:
        timer = heapq.heappop(self._scheduled)
        timer._scheduled = False  # type: ignore[attr-defined]
        return timer

    def _write_to_self(self) -> None:
        """Wake nobody: there is no other thread."""


class Inline(Executor):
    """Stands for a worker thread: its calls run one after the other, each after a short time."""

    def __init__(self, loop: SimulatedLoop, random: Random) -> None:
        """Begin idle."""
        self._loop = loop
        self._random = random
        self._free_at = 0.0
        self.slowest = 0.002  # seconds

    def delay(self) -> float:
        """Return in how many seconds the next call runs."""
        now = self._loop.time()
        self._free_at = max(self._free_at, now) + self._random.uniform(0, self.slowest)
        return self._free_at - now


def _settle(future: asyncio.Future[Any], result: object, error: BaseException | None) -> None:
    if future.cancelled():
        return
    if error is not None:
        future.set_exception(error)
    else:
        future.set_result(result)
