"""Mount points: the real folder behind a location is moved away and back, like a mount that drops."""

from collections.abc import Iterable
from pathlib import Path
import shutil

from tests.fake_plex import samples


class Mounts:
    """Real folders that are unmounted; their contents are in a hidden folder beside them."""

    def __init__(self) -> None:
        """Begin with everything mounted."""
        self._away: dict[Path, Path] = {}

    def unmount(self, real: Path, *, missing: bool, leftovers: Iterable[str]) -> None:
        """Leave an empty mount point, or none; `leftovers` are names in it, those of folders with a slash at the end.

        Raises FileNotFoundError if the folder never existed.
        """
        if real in self._away:
            shutil.rmtree(real, ignore_errors=True)
        else:
            aside = real.with_name(f".{real.name}.unmounted")
            real.rename(aside)
            self._away[real] = aside
        if missing:
            return
        real.mkdir()
        for name in leftovers:
            _leave(real, name)

    def mount(self, real: Path) -> None:
        """Restore the contents; files written into the empty mount point are deleted."""
        aside = self._away.pop(real, None)
        if aside is not None:
            shutil.rmtree(real, ignore_errors=True)
            aside.rename(real)

    def is_unmounted(self, real: Path) -> bool:
        """Whether the folder is unmounted."""
        return real in self._away


def _leave(real: Path, name: str) -> None:
    path = real / name
    if name.endswith("/"):
        path.mkdir(parents=True, exist_ok=True)
    elif path.suffix.lstrip(".").lower() in samples.KNOWN_EXTENSIONS:
        samples.put(path)
    else:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("left behind\n", encoding="utf-8")
