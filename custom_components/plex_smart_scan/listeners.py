"""Those who want to hear of something."""

from collections.abc import Callable

from homeassistant.core import CALLBACK_TYPE, callback


class Listeners[*Ts]:
    """Calls all_jobs who was added, with whatever is told."""

    def __init__(self) -> None:
        """Begin with nobody."""
        self._all: list[Callable[[*Ts], None]] = []

    @callback
    def async_add(self, listener: Callable[[*Ts], None]) -> CALLBACK_TYPE:
        """Call `listener` from now on, until the returned function is called."""
        self._all.append(listener)
        return lambda: self._all.remove(listener)

    @callback
    def async_notify(self, *told: *Ts) -> None:
        """Call all_jobs."""
        for listener in tuple(self._all):
            listener(*told)
