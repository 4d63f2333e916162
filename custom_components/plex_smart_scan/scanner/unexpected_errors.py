"""Errors that nothing explains: a bug of ours, or of what we use."""

import logging
from typing import Final

_LOGGER: Final = logging.getLogger(__name__)


class UnexpectedErrors:
    """Logs each kind of error once with its trace; what fails every second is not told every second."""

    def __init__(self) -> None:
        """Begin with nothing told."""
        self._logged: set[tuple[str, type[Exception]]] = set()

    def log(self, what: str, error: Exception, level: int = logging.ERROR) -> None:
        """Tell what went wrong, the first time at `level`."""
        if (what, type(error)) in self._logged:
            _LOGGER.debug("%s again: %s", what, type(error).__name__)
        else:
            self._logged.add((what, type(error)))
            _LOGGER.log(level, "%s: %s", what, type(error).__name__, exc_info=error)
