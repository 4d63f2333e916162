"""A list of callbacks that are called together."""

from collections.abc import Callable

from homeassistant.core import CALLBACK_TYPE, callback


class Listeners[*Ts]:
    """Calls every listener that was added, with the arguments given."""

    def __init__(self) -> None:
        """Start without listeners."""
        self._all: list[Callable[[*Ts], None]] = []

    @callback
    def async_add(self, listener: Callable[[*Ts], None]) -> CALLBACK_TYPE:
        """Call `listener` from now on, until the returned function is called."""
        self._all.append(listener)
        return lambda: self._all.remove(listener)

    @callback
    def async_notify(self, *arguments: *Ts) -> None:
        """Call every listener."""
        for listener in tuple(self._all):
            listener(*arguments)
