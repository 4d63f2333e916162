"""The parts of one type, searchable by a piece of their path within a millisecond."""

from bisect import bisect_right
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.fake_plex.models import Part

_SEPARATOR = "\0"  # the one character no path holds
_FRESH_LIMIT = 500


def fold_case(text: str) -> str:
    """Lower the ASCII letters, as SQLite's LIKE does, which keeps the length."""
    return text.encode("utf-8", "surrogatepass").lower().decode("utf-8", "surrogatepass")


class FileIndex:
    """Parts by id, and all their paths in one text that is rebuilt when needed."""

    def __init__(self) -> None:
        """Begin empty."""
        self._parts: dict[int, Part] = {}
        self._text = ""
        self._folded: str | None = None
        self._starts: list[int] = []
        self._indexed: list[Part] = []
        self._fresh: list[Part] = []
        self._removed = 0
        self._stale = False

    def __iter__(self) -> Iterator[Part]:
        """Iterate over the parts."""
        return iter(self._parts.values())

    def __len__(self) -> int:
        """Return the number of parts."""
        return len(self._parts)

    def add(self, part: Part) -> None:
        """Add a part."""
        self._parts[part.id] = part
        self._fresh.append(part)

    def remove(self, part: Part) -> None:
        """Remove a part."""
        del self._parts[part.id]  # its path stays in the text, where it is passed over
        self._removed += 1

    def respelled(self) -> None:
        """Note that the path of a part has changed."""
        self._stale = True

    def containing(self, piece: str, *, ignore_case: bool = False) -> list[Part]:
        """Return the parts whose path contains a piece."""
        if self._stale or len(self._fresh) + self._removed > _FRESH_LIMIT:
            self._build()
        text = self._text
        if ignore_case:
            text, piece = self._folded_text(), fold_case(piece)
        found: list[Part] = []
        position = text.find(piece)
        while position >= 0:
            number = bisect_right(self._starts, position) - 1
            found.append(self._indexed[number])
            if number + 1 == len(self._starts):
                break
            position = text.find(piece, self._starts[number + 1])
        found.extend(part for part in self._fresh if piece in (fold_case(part.file) if ignore_case else part.file))
        return [part for part in found if part.id in self._parts]

    def _folded_text(self) -> str:
        if self._folded is None:
            self._folded = fold_case(self._text)
        return self._folded

    def _build(self) -> None:
        self._indexed = list(self._parts.values())
        self._fresh, self._starts = [], []
        self._removed, self._stale = 0, False
        position = 0
        for part in self._indexed:
            self._starts.append(position)
            position += len(part.file) + 1
        self._folded = None
        self._text = _SEPARATOR.join([part.file for part in self._indexed])
