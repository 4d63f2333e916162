"""Logging of errors that have no known cause."""

import logging
from typing import Final

from .safe_text import safe_error

_LOGGER: Final = logging.getLogger(__name__)


class UnexpectedErrors:
    """Logs each kind of error once with its traceback, and at debug level after that."""

    def __init__(self) -> None:
        """Begin with no errors."""
        self._logged: set[tuple[str, type[Exception]]] = set()

    def log(self, what: str, error: Exception, level: int = logging.ERROR) -> None:
        """Log an error; the first of its kind at `level`, with its traceback."""
        if (what, type(error)) in self._logged:
            _LOGGER.debug("%s again: %s", what, type(error).__name__)
        else:
            self._logged.add((what, type(error)))
            _LOGGER.log(level, "%s: %s", what, type(error).__name__, exc_info=safe_error(error))
