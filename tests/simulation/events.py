"""What can happen in a simulated world: the events of a history are drawn from all of it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from tests.simulation.file_events import FileEvents
from tests.simulation.home_assistant_events import HomeAssistantEvents
from tests.simulation.laws import JudgedWorld
from tests.simulation.server_events import ServerEvents

type Event = Callable[[], Awaitable[None] | None]

_PAUSES: Final = (0.0, 0.0, 0.05, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 400.0)  # seconds
_GROWN: Final = 15.0  # seconds until every file is complete


class Events:
    """Draws the events of a history, of those kinds that its plan has."""

    def __init__(self, world: JudgedWorld) -> None:
        """Belong to a world."""
        self._world = world
        self._files = FileEvents(world)
        self._home_assistant = HomeAssistantEvents(world)
        self._servers = ServerEvents(world)

    def draw(self) -> Event:
        """Return the next event."""
        files, troubles = self._files, self._world.plan.troubles
        weights: dict[Event, int] = {files.add_or_replace: 8, files.remove: 3, files.report_again: 3}
        weights |= {files.report_folder: 2, files.remove_folder: 1, files.report_subtitle: 1}
        weights |= {event: 2 for name, event in self._troubles().items() if name in troubles}
        (event,) = self._world.random.choices(list(weights), list(weights.values()))
        return event

    def pause(self) -> float:
        """Return how long nothing happens, in seconds."""
        return self._world.random.choice(_PAUSES)

    async def lift_all(self) -> None:
        """End all that is wrong."""
        world, home_assistant = self._world, self._home_assistant
        await asyncio.sleep(_GROWN)
        world.tell("all faults are lifted")
        for entry in world.entries:
            entry.fill_disk(full=False)
        for location in world.locations:
            home_assistant.set_local_mount(location, there=True)
        for server, entry in zip(world.servers, world.entries, strict=True):
            self._servers.mend(server)
            if entry.token != server.plex.token:
                entry.token = server.plex.token
                await entry.restart()
        home_assistant.start_all()

    def _troubles(self) -> dict[str, Event]:
        files, home_assistant, servers = self._files, self._home_assistant, self._servers
        return {
            "crash": home_assistant.crash,
            "restart": home_assistant.restart,
            "mount": servers.change_mount,
            "local_mount": home_assistant.change_local_mount,
            "lost_scans": servers.lose_scans,
            "late_listing": servers.list_late,
            "growing": files.grow,
            "impostor": servers.put_impostor,
            "proxy": servers.put_proxy,
            "server_down": servers.take_server_down,
            "server_crash": servers.crash_server,
            "silent": servers.silence,
            "errors": servers.answer_wrongly,
            "slow": servers.answer_slowly,
            "websocket_drop": servers.drop_websocket,
            "full_disk": home_assistant.fill_disk,
            "token": servers.change_token,
            "untrue_words": files.report_incorrectly,
        }
