"""An event loop in virtual time: nothing waits, nothing runs in a thread, and one seed gives one order of events."""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor
from contextvars import Context, copy_context
from functools import partial
import heapq
from itertools import count
from random import Random
from typing import Any, Final, override

_MAX_CALLBACKS: Final = 400_000  # of one history; a quiet one needs a few thousand


class StuckError(Exception):
    """No callback is scheduled, although a task is still waiting."""


class BusyError(Exception):
    """Callbacks schedule each other endlessly."""


class _NumberedFuture[T](asyncio.Future[T]):
    """A future with a hash of its own: sets of futures have the same order in every run."""

    @override
    def __hash__(self) -> int:
        return _number(self)


class _NumberedTask[T](asyncio.Task[T]):
    """A task with a hash of its own."""

    @override
    def __hash__(self) -> int:
        return _number(self)


def _number(future: Any) -> int:
    """Return the number of a future, which it gets when it is first asked for: most futures are never in a set."""
    try:
        number: int = future.simulated_number
    except AttributeError:
        number = future.simulated_number = next(future.get_loop().numbers)
    return number


class _Handle(asyncio.Handle):
    """A handle without what the debug mode needs: handles are made more often than anything else."""

    __slots__ = ()

    def __init__(self, callback: Any, args: Any, loop: SimulatedLoop, context: Context | None) -> None:
        self._context = copy_context() if context is None else context
        self._loop = loop
        self._callback = callback
        self._args = args
        self._cancelled = False
        self._repr = None
        self._source_traceback = None


class _TimerHandle(asyncio.TimerHandle):
    """A timer without what the debug mode needs."""

    __slots__ = ()

    def __init__(self, when: float, callback: Any, args: Any, loop: SimulatedLoop, context: Context | None) -> None:
        self._context = copy_context() if context is None else context
        self._loop = loop
        self._callback = callback
        self._args = args
        self._cancelled = False
        self._repr = None
        self._source_traceback = None
        self._when = when
        self._scheduled = False


class SimulatedLoop(asyncio.BaseEventLoop):
    """Runs callbacks until none is ready, and then moves its clock to the next timer.

    What would run in a thread runs in the loop, after a short time and with a result after another; `delay` makes the
    result of the call that is running come later.
    """

    # What BaseEventLoop keeps and does not declare.
    _ready: deque[asyncio.Handle]
    _stopping: bool

    def __init__(self, random: Random) -> None:
        """Begin at an arbitrary time; `random` draws the latencies."""
        super().__init__()
        self._now = 1000.0
        self._random = random
        self._delay = 0.0
        self._timers: list[tuple[float, int, asyncio.TimerHandle]] = []  # the number keeps those of one time in order
        self._timer_numbers = count()
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

    @override
    def call_soon[*Ts](
        self, callback: Callable[[*Ts], object], *args: *Ts, context: Context | None = None
    ) -> asyncio.Handle:
        """Call a function in the next round."""
        handle = _Handle(callback, args, self, context)
        self._ready.append(handle)
        return handle

    @override
    def call_at[*Ts](
        self, when: float, callback: Callable[[*Ts], object], *args: *Ts, context: Context | None = None
    ) -> asyncio.TimerHandle:
        """Call a function at a time."""
        timer = _TimerHandle(when, callback, args, self, context)
        heapq.heappush(self._timers, (when, next(self._timer_numbers), timer))
        return timer

    @override
    def call_later[*Ts](
        self, delay: float, callback: Callable[[*Ts], object], *args: *Ts, context: Context | None = None
    ) -> asyncio.TimerHandle:
        """Call a function after some seconds."""
        return self.call_at(self._now + delay, callback, *args, context=context)

    def delay(self, seconds: float) -> None:
        """Delay the result of the running call by some seconds."""
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
        ready, timers = self._ready, self._timers
        while timers and timers[0][2].cancelled():
            heapq.heappop(timers)
        if not ready and not self._stopping:
            if not timers:
                raise StuckError
            self._now = max(self._now, timers[0][0])
        while timers and timers[0][0] <= self._now:
            ready.append(heapq.heappop(timers)[2])
        self.callbacks += len(ready)
        if self.callbacks > _MAX_CALLBACKS:
            raise BusyError
        for _ in range(len(ready)):
            handle: Any = ready.popleft()
            if handle._cancelled:
                continue
            try:
                handle._context.run(handle._callback, *handle._args)
            except Exception as error:  # noqa: BLE001 - as every event loop does
                self.call_exception_handler({"message": "Exception in a callback", "exception": error})

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
        """Keep the timer: it is dropped when it is due."""

    def _write_to_self(self) -> None:
        """Do nothing: there is no other thread."""


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
