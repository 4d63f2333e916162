"""Folders whose last scan changed nothing, and whether the server misses new files in nested folders."""

from collections.abc import Mapping
from typing import Final

from ...models import FileFacts, MediaFile

_MAX_FOLDERS: Final = 2000

type _Fingerprint = tuple[frozenset[tuple[str, FileFacts]], frozenset[tuple[str, int | None, int | None]]]


class UnchangedFolders:
    """Remembers folders whose scan changed nothing although their files differ from what Plex lists.

    A folder can contain files that Plex ignores, or Home Assistant sees only one disk of a pool: as long as neither
    side changes, another scan would change nothing. It also remembers whether this server misses new folders inside
    folders that it knows, as some do (bitr8/agregarr-dev#72).
    """

    def __init__(self) -> None:
        """Begin with no folders."""
        self.misses_nested_folders = False
        self._folders: dict[tuple[int, str], _Fingerprint] = {}

    def remember(
        self, library: int, folder: str, expected: Mapping[str, FileFacts], listed: tuple[MediaFile, ...]
    ) -> None:
        """Record the files of a folder and what Plex listed after its scan."""
        self._folders.pop((library, folder), None)
        self._folders[library, folder] = _fingerprint(expected, listed)
        if len(self._folders) > _MAX_FOLDERS:
            del self._folders[next(iter(self._folders))]

    def is_unchanged(
        self, library: int, folder: str, expected: Mapping[str, FileFacts], listed: tuple[MediaFile, ...]
    ) -> bool:
        """Return whether the files and the listing are those recorded after a scan."""
        return self._folders.get((library, folder)) == _fingerprint(expected, listed)


def _fingerprint(expected: Mapping[str, FileFacts], listed: tuple[MediaFile, ...]) -> _Fingerprint:
    return frozenset(expected.items()), frozenset((file.file, file.size, file.stamp) for file in listed)
