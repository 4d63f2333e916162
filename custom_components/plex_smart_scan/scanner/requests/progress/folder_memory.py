"""What earlier scans have shown, so that they need not show it again."""

from collections.abc import Mapping
from typing import Final

from ...models import FileFacts, MediaFile

_MAX_FOLDERS: Final = 2000

type _Fingerprint = tuple[frozenset[tuple[str, FileFacts]], frozenset[tuple[str, int | None, int | None]]]


class FolderMemory:
    """Remembers folders whose scan changed nothing although their files and Plex's list differ.

    A folder may hold files that Plex does not take, or Home Assistant may see only one disk of a pool: as long as
    neither side changes, another scan would show the same. Also remembers whether this server misses new folders in
    folders it knows, which some do (bitr8/agregarr-dev#72).
    """

    def __init__(self) -> None:
        """Begin with nothing remembered."""
        self.misses_nested_folders = False
        self._folders: dict[tuple[int, str], _Fingerprint] = {}

    def remember(
        self, library: int, folder: str, expected: Mapping[str, FileFacts], listed: tuple[MediaFile, ...]
    ) -> None:
        """Record that a scan of this folder has left it as it is."""
        self._folders.pop((library, folder), None)
        self._folders[library, folder] = _fingerprint(expected, listed)
        if len(self._folders) > _MAX_FOLDERS:
            del self._folders[next(iter(self._folders))]

    def knows(
        self, library: int, folder: str, expected: Mapping[str, FileFacts], listed: tuple[MediaFile, ...]
    ) -> bool:
        """Whether the folder and Plex's list are what they were after that scan."""
        return self._folders.get((library, folder)) == _fingerprint(expected, listed)


def _fingerprint(expected: Mapping[str, FileFacts], listed: tuple[MediaFile, ...]) -> _Fingerprint:
    return frozenset(expected.items()), frozenset((file.file, file.size, file.stamp) for file in listed)
