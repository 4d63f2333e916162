"""The detailed log: one line for each step, if the option for detailed logging is on."""

from collections.abc import Callable
import logging
from typing import Final

from .models import Outcome, ScanResult
from .safe_text import log_safe

_LOGGER: Final = logging.getLogger(__name__)

_OUTCOMES: Final = {
    Outcome.ADDED: ("🆕", "Added"),
    Outcome.UPDATED: ("✅", "Updated"),
    Outcome.REMOVED: ("✅", "Removed"),
    Outcome.UP_TO_DATE: ("⏭️", "Up to date"),
    Outcome.SCANNED: ("📡", "Scanned"),
    Outcome.NOT_FOUND: ("⏰", "Not found"),
    Outcome.FAILED: ("⚠️", "Failed"),
}
_shown_for: set[object] = set()


def show_steps() -> Callable[[], None]:
    """Enable the lines at INFO regardless of the level of parent loggers, until the returned function is called.

    Home Assistant's root logger is at WARNING by default. All servers share this logger: it is reset with the last of
    them. A level that the user has set for this logger is kept by Home Assistant's logger class.
    """
    key = object()
    _shown_for.add(key)
    _LOGGER.setLevel(logging.INFO)

    def reset() -> None:
        _shown_for.discard(key)
        if not _shown_for:
            _LOGGER.setLevel(logging.NOTSET)

    return reset


class StepLog:
    """Logs at INFO if the option is on, else at DEBUG."""

    def __init__(self, *, detailed: bool) -> None:
        """Store the option."""
        self._level = logging.INFO if detailed else logging.DEBUG

    def log_step(self, marker: str, text: str, *values: object) -> None:
        """Log one step: a marker, and a text with `%` placeholders for the values."""
        safe = (log_safe(str(value)) if isinstance(value, str) else value for value in values)
        _LOGGER.log(self._level, "%s " + text, marker, *safe)  # noqa: G003 - the text is a constant

    def log_result(self, result: ScanResult) -> None:
        """Log the result of a request, and the scans and the time that it took."""
        explanation = ": ".join(filter(None, (result.reason, log_safe(result.detail))))
        reason = f" ({explanation})" if explanation else ""
        marker, outcome = _OUTCOMES[result.outcome]
        self.log_step(marker, "%s%s: %s", outcome, reason, result.request.path)
        if result.attempts:
            folders = sum(len(each.scanned) for each in result.libraries)
            before, after, new = result.listed_before, result.listed_after, result.listed_newly
            listed = ""
            if before is not None and after is not None and new is not None:
                listed = f"; Plex listed {_count(before, 'file')} before and {after} after, {new} of them new"
            scans = f"{_count(result.attempts, 'scan')} of {_count(folders, 'folder')}"
            self.log_step("📈" if new else "📊", "%s%s", scans, listed)
            seconds = (result.queued, result.scanned, result.validated)
            self.log_step("📊", "Queued for %.1f s, scanned for %.1f s, validated after another %.1f s", *seconds)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
