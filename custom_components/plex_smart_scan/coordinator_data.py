"""Data of one server: its libraries, and the results of its requests."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from .scanner import LibraryStatistics, Outcome, ScanResult, Server

# The outcomes of finished requests. `pending` is only returned to callers that stop waiting.
FINAL_OUTCOMES: Final = tuple(outcome for outcome in Outcome if outcome is not Outcome.PENDING)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerData:
    """A server and its libraries by ID."""

    server: Server
    libraries: dict[int, LibraryStatistics]


@dataclass(frozen=True, slots=True)
class FinishedRequest:
    """A result and the time when it arrived."""

    at: datetime
    result: ScanResult
