"""Callbacks that are notified together."""

from collections.abc import Callable

from homeassistant.core import CALLBACK_TYPE, callback


class CallbackList[*Ts]:
    """Notifies all added listeners with the given arguments."""

    def __init__(self) -> None:
        """Create an empty list of listeners."""
        self._all: list[Callable[[*Ts], None]] = []

    @callback
    def async_add(self, listener: Callable[[*Ts], None]) -> CALLBACK_TYPE:
        """Add a listener. Calling the returned function removes it."""
        self._all.append(listener)
        return lambda: self._all.remove(listener)

    @callback
    def async_notify(self, *arguments: *Ts) -> None:
        """Call all listeners."""
        for listener in tuple(self._all):
            listener(*arguments)
