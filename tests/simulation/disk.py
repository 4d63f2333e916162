"""The media files of a simulated world: one tree, which each server and Home Assistant see through a mount."""

import os
from pathlib import Path
import shutil
from typing import Final

from tests.fake_plex import samples
from tests.simulation.loop import SimulatedLoop
from tests.simulation.server import EPOCH
from tests.simulation.timeline import Timeline

_SMALL: Final = samples.SMALL.read_bytes()
_LARGE: Final = samples.LARGE.read_bytes()
CONTENTS: Final = (_SMALL, _LARGE, _LARGE[:3000], _LARGE[:4000])  # the last two are still being written
WHOLE: Final = 2  # so many of the contents are complete files

type Facts = tuple[int, int] | None  # size and stamp (Unix seconds); None for no file


class MediaTree:
    """Files with virtual times, and a record of what was there when. Paths are relative to the tree."""

    def __init__(self, root: Path, loop: SimulatedLoop) -> None:
        """Begin with an empty tree below a folder."""
        self.root = root / "tree"
        self.root.mkdir(parents=True)
        self._loop = loop
        self.files: dict[str, Timeline[Facts]] = {}
        self.folders: dict[str, Timeline[bool]] = {}

    def mount_point(self, location: str, by: str) -> Path:
        """Mount a location: make a link, which is removed and restored like a mount. `by` is who sees it there."""
        point = self.root.with_name(f"{by}-{location}")
        point.symlink_to(self.root / location, target_is_directory=True)
        return point

    def facts(self, path: str) -> Timeline[Facts]:
        """Return the timeline of the file at a path."""
        return self.files.setdefault(path, Timeline(None))

    def existed(self, path: str) -> Timeline[bool]:
        """Return the timeline of the existence of a folder."""
        return self.folders.setdefault(path, Timeline(False))

    def write(self, path: str, content: bytes) -> None:
        """Write a file with the current virtual time."""
        real = self.root / path
        real.parent.mkdir(parents=True, exist_ok=True)
        real.write_bytes(content)
        now = self._loop.time()
        os.utime(real, (EPOCH + now, EPOCH + now))
        self.facts(path).set((len(content), int(EPOCH + now)), now)
        for folder in _folders_above(path):
            self.existed(folder).set(True, now)
            os.utime(self.root / folder, (EPOCH + now, EPOCH + now))

    def remove(self, path: str) -> None:
        """Remove a file, or a folder with its contents; its parent folders remain."""
        real, now = self.root / path, self._loop.time()
        if real.is_dir():
            shutil.rmtree(real)
        else:
            real.unlink()
        for other, facts in self.files.items():
            if other == path or other.startswith(path + "/"):
                facts.set(None, now)
        for other, there in self.folders.items():
            if other == path or other.startswith(path + "/"):
                there.set(False, now)
        for folder in _folders_above(path):
            os.utime(self.root / folder, (EPOCH + now, EPOCH + now))

    def exists(self, path: str) -> bool:
        """Whether a file or a folder is there."""
        return self.facts(path).now is not None or self.existed(path).now

    def present(self) -> list[str]:
        """Return the existing files in order."""
        return sorted(path for path, timeline in self.files.items() if timeline.now is not None)

    def below(self, folder: str) -> list[str]:
        """Return every file that has ever existed in or below a folder."""
        return sorted(path for path in self.files if path.startswith(folder + "/"))


def _folders_above(path: str) -> list[str]:
    parts = path.split("/")[:-1]
    return ["/".join(parts[:depth]) for depth in range(1, len(parts) + 1)]
