"""Home Assistant is killed and reloaded, and its disks fail."""

from tests.simulation.entry import Entry
from tests.simulation.laws import JudgedWorld


class HomeAssistantEvents:
    """The events of Home Assistant."""

    def __init__(self, world: JudgedWorld) -> None:
        """Belong to a world."""
        self._world = world
        self._random = world.random

    def entry(self) -> Entry:
        """Choose one of the entries."""
        return self._random.choice(self._world.entries)

    def crash(self) -> None:
        """Home Assistant is killed, and started again after a while."""
        self._world.tell("crash")
        for entry in self._world.entries:
            entry.crash()
        after = self._random.choice([0.1, 5.0, 60.0])
        self._world.loop.call_later(after, self.start_all)

    def start_all(self) -> None:
        """Start all entries that are not running."""
        for entry in self._world.entries:
            entry.start()

    async def restart(self) -> None:
        """Reload an entry."""
        entry = self.entry()
        if entry.run is not None:
            self._world.tell(f"reload of server {entry.server.number}")
            await entry.restart()

    def fill_disk(self) -> None:
        """The disk of the journals becomes full, or has free space again."""
        full = not self._world.entries[0].disk_is_full
        self._world.tell(f"the disk of the journals is {'full' if full else 'not full'}")
        for entry in self._world.entries:
            entry.fill_disk(full=full)

    def change_local_mount(self) -> None:
        """The mounts of one or all locations in Home Assistant are removed or restored."""
        locations = self._world.draw_locations()
        there = not all(self._world.local_mounted[location].now for location in locations)
        for location in locations:
            self.set_local_mount(location, there=there)

    def set_local_mount(self, location: str, *, there: bool) -> None:
        """Remove or restore the mount of one location, unless that was done before."""
        world, point, mounted = self._world, self._world.local_points[location], self._world.local_mounted[location]
        if mounted.now is there:
            return
        if there:
            point.rmdir()
            point.symlink_to(world.tree.root / location, target_is_directory=True)
        else:
            point.unlink()
            point.mkdir()
        mounted.set(there, world.loop.time())
        world.tell(f"Home Assistant's mount of {location} is {'there' if there else 'away'}")
