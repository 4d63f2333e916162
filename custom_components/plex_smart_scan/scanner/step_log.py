"""The log for people: one line a step, where the option asks for it."""

from collections.abc import Callable
import logging
from typing import Final

from .models import Outcome, ScanResult
from .safe_text import log_safe

_LOGGER: Final = logging.getLogger(__name__)

_MARKERS: Final = {
    Outcome.ADDED: "🆕",
    Outcome.UPDATED: "✅",
    Outcome.REMOVED: "✅",
    Outcome.UP_TO_DATE: "⏭️",
    Outcome.SCANNED: "📡",
    Outcome.NOT_FOUND: "⏰",
    Outcome.FAILED: "⚠️",
}
_shown_for: set[object] = set()


def show_steps() -> Callable[[], None]:
    """Let the lines at INFO through whatever the level of the loggers above, until the returned function is called.

    Home Assistant's root logger is at WARNING by default. Several servers share the logger: it is reset with the last
    of them. A level that the user has set for this very logger is kept: Home Assistant's logger class sees to that.
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
    """Writes at INFO where the option asks for it, else at DEBUG."""

    def __init__(self, *, detailed: bool) -> None:
        """Keep the option."""
        self._level = logging.INFO if detailed else logging.DEBUG

    def say(self, marker: str, text: str, *values: object) -> None:
        """Log one step."""
        safe = (log_safe(str(value)) if isinstance(value, str) else value for value in values)
        _LOGGER.log(self._level, "%s " + text, marker, *safe)  # noqa: G003 - the text is one of ours

    def tell(self, result: ScanResult) -> None:
        """Log what came of a request, and what it took."""
        explained = ": ".join(filter(None, (result.reason, log_safe(result.detail))))
        reason = f" ({explained})" if explained else ""
        self.say(_MARKERS[result.outcome], "%s%s: %s", result.outcome, reason, result.request.path)
        if result.attempts:
            folders = sum(len(each.scanned) for each in result.libraries)
            before, after, new = result.listed_before, result.listed_after, result.listed_newly
            listed = ""
            if before is not None and after is not None and new is not None:
                listed = f"{new} added: {before} files listed before, {after} after; "
            self.say("📈" if new else "📊", "%s%d scans of %d folders", listed, result.attempts, folders)
            seconds = (result.queued, result.scanned, result.validated)
            self.say("📊", "%.1f s queued, %.1f s scanned, %.1f s to the proof", *seconds)
