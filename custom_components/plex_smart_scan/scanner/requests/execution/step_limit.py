"""A limit for steps that follow each other at once: steps that change nothing would block the event loop forever."""

import logging
from typing import Final

from ...clock import Clock
from ...safe_text import log_safe
from ..decision.step_types import Step

_LOGGER: Final = logging.getLogger(__name__)
_MAX_STEPS: Final = 100
_SHORTEST_TIME: Final = 0.05  # seconds for that many steps; a single answer of a server takes about a millisecond
_PAUSE: Final = 5.0  # seconds; by then, what a step reads from a cache is outdated


class StepLimit:
    """Makes a request pause if its steps take no time. No combination of evidence is known that leads to this."""

    def __init__(self, clock: Clock) -> None:
        """Start to count."""
        self._clock = clock
        self._count, self._since = 0, clock.monotonic()
        self._is_logged = False

    async def pause_if_endless(self, step: Step, path: str) -> None:
        """Count a step, and pause after too many of them. The first time, log an error with the step and the path."""
        self._count += 1
        if self._count < _MAX_STEPS:
            return
        now = self._clock.monotonic()
        is_endless = now - self._since < _SHORTEST_TIME
        self._count, self._since = 0, now
        if not is_endless:
            return
        if not self._is_logged:
            _LOGGER.error("The step %s is repeated without an end for %s. Please report this", step, log_safe(path))
            self._is_logged = True
        await self._clock.sleep(_PAUSE)
