"""Media files are added, changed and removed, and callers report them correctly or not."""

from typing import Any, Final

from tests.simulation.disk import CONTENTS, WHOLE
from tests.simulation.laws import JudgedWorld
from tests.simulation.libraries import film_path

_FILMS: Final = 0.5  # of the files, where there are films
_COPIES: Final = 0.5  # of the files that grow


class FileEvents:
    """What happens to files."""

    def __init__(self, world: JudgedWorld) -> None:
        """Belong to a world."""
        self._world = world
        self._random = world.random

    def media_path(self) -> str:
        """Return the path of an episode or a film that may or may not exist."""
        is_film = self._world.plan.films and self._world.film_random.random() < _FILMS
        return self._film() if is_film else self._episode()

    def _film(self) -> str:
        random = self._world.film_random
        # What needs a whole location waits for ever where nobody can ask about the disk (docs/reliability.md).
        numbers = [2, 4] if self._is_browsing_refused() else [1, 2, 3, 4]
        return film_path(random.choice(numbers), random.choice(["", "", "", "", "", "-trailer"]))

    def _is_browsing_refused(self) -> bool:
        return any(server.plex.quirks.browse_refused for server in self._world.servers)

    def _episode(self) -> str:
        random = self._random
        show, season, number = random.randint(1, 3), random.randint(1, 2), random.randint(1, 3)
        suffix = random.choice(["", "", "", "", "", "-trailer"])
        return f"tv/Show {show}/Season {season:02}/Show {show} - S{season:02}E{number:02}{suffix}.mkv"

    def report(self, path: str, **said: Any) -> None:
        """Report a path once, or by several callers."""
        random = self._random
        for _ in range(random.choice([1, 1, 1, 1, 2])):
            said_here = dict(said)
            if random.random() < 0.1:
                said_here["force"] = True
            if random.random() < 0.1:
                said_here["validate"] = random.random() < 0.5
            wait = random.choice([None, None, 0.5, 10.0, 60.0, 300.0])
            self._world.submit(path, wait=wait, **said_here)

    def add_or_replace(self) -> None:
        """A file is imported and reported, perhaps with its size."""
        world, path = self._world, self.media_path()
        old = world.tree.facts(path).now
        choices = [content for content in CONTENTS[:WHOLE] if old is None or len(content) != old[0]]
        content = self._random.choice(choices)
        world.tree.write(path, content)
        world.tell(f"written: {path} ({len(content)} bytes)")
        self.report(path, **({"size": len(content)} if self._random.random() < 0.3 else {}))

    def grow(self) -> None:
        """A file is reported while it is still being written, or when it is complete."""
        world, path = self._world, self.media_path()
        if world.copy_random.random() < _COPIES:
            self._copy(path)
            return
        steps = sorted(self._random.sample([0.5, 1.0, 2.0, 5.0, 15.0], 2))
        world.tree.write(path, CONTENTS[2])
        world.tell(f"begins to grow: {path}")
        self.report(path)
        for step, content in zip(steps, (CONTENTS[3], CONTENTS[1]), strict=True):
            world.loop.call_later(step, self._grow, path, content)

    def _copy(self, path: str) -> None:
        """Copy a file, while others are imported into its folder, and report it when it is complete."""
        world, random = self._world, self._world.copy_random
        steps = sorted(random.sample([0.5, 1.0, 2.0, 5.0, 15.0], 2))
        world.tree.write(path, CONTENTS[2])
        world.tell(f"begins to be copied: {path}")
        for step, content in zip(steps, (CONTENTS[3], CONTENTS[1]), strict=True):
            world.loop.call_later(step, self._grow, path, content)
        reported_after = steps[-1] + random.choice([0.0, 0.1, 3.0])
        world.copied_at = max(world.copied_at, world.loop.time() + reported_after)
        world.loop.call_later(reported_after, self._report_copied, path)
        beside = random.choice([None, f"{path.rpartition('/')[0]}/Other.mkv", path.rpartition("/")[0]])
        if beside is not None:
            world.loop.call_later(random.uniform(0.0, steps[-1]), self.report, beside)

    def _report_copied(self, path: str) -> None:
        if self._world.tree.facts(path).now is not None:
            self.report(path)

    def _grow(self, path: str, content: bytes) -> None:
        if self._world.tree.facts(path).now is not None:
            self._world.tree.write(path, content)
            self._world.tell(f"has grown: {path}")

    def remove(self) -> None:
        """A file is removed, and reported as such or just reported."""
        world = self._world
        treasures = {library.treasure for library in world.libraries}
        there = [path for path in world.tree.present() if path not in treasures]
        if self._is_browsing_refused():
            there = [path for path in there if not world.is_in_a_location(path)]  # needs the location, as for `_film`
        if not there:
            return
        path = self._random.choice(there)
        world.tree.remove(path)
        world.tell(f"removed: {path}")
        self.report(path, **({"gone": True} if self._random.random() < 0.7 else {}))

    def remove_folder(self) -> None:
        """The folder of a season, a show or a film is removed."""
        world = self._world
        existing = [path for path, there in sorted(world.tree.folders.items()) if there.now]
        treasures = [library.treasure for library in world.libraries]
        folders = [
            path
            for path in existing
            if path.startswith(("tv/Show", "films/Film")) and not any(each.startswith(path + "/") for each in treasures)
        ]
        if self._is_browsing_refused():
            folders = [path for path in folders if not world.is_in_a_location(path)]
        if not folders:
            return
        folder = self._random.choice(folders)
        world.tree.remove(folder)
        world.tell(f"removed with all that is in it: {folder}")
        self.report(folder, **({"gone": True} if self._random.random() < 0.7 else {}))

    def report_folder(self) -> None:
        """The folder of a season or a film is reported, which can be the location."""
        self.report(self.media_path().rpartition("/")[0])

    def report_again(self) -> None:
        """A path is reported that need not have changed."""
        self.report(self.media_path())

    def report_incorrectly(self) -> None:
        """A caller reports something that is not true."""
        path, gone, size = self.media_path(), self._random.random() < 0.5, self._random.choice([None, 1, 2397])
        world = self._world
        folders = [path[: path.find("/", len(each.location) + 1)] for each in world.libraries_of(path)]
        if self._is_browsing_refused() and not all(world.tree.exists(folder) for folder in folders):
            gone = False  # needs the location, as for `_film`
        self.report(path, gone=gone, size=size)

    def report_subtitle(self) -> None:
        """A subtitle is written beside an episode or a film, and reported."""
        path = self.media_path().removesuffix(".mkv") + ".en.srt"
        self._world.tree.write(path, b"1\n")
        self.report(path)
