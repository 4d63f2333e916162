"""A clock that tests can set forward during a request."""

from typing import override

from tests.scanner.conftest import NoPausesClock


class AdjustableClock(NoPausesClock):
    """A clock that can be put forward."""

    shift = 0.0  # seconds

    @override
    def monotonic(self) -> float:
        return super().monotonic() + self.shift
