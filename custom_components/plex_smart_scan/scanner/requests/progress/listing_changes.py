"""Two listings compared: what Plex listed before a scan, and what it lists now."""

from collections.abc import Collection, Mapping, Sequence

from ...media.extensions import WITHOUT_STREAMS
from ...media.listed_files import file_key
from ...media.up_to_date import Comparison, compare_with_listed, not_trashed
from ...models import FileFacts, MediaFile, Outcome


def listing_change(before: Sequence[MediaFile], now: Sequence[MediaFile]) -> Outcome | None:
    """Return what changed, None for nothing. An addition takes precedence over a removal.

    Only files are compared, not their items: if Plex loses a file with its mount, it later lists it as a new item.
    """
    was, listed = _facts_by_path(before), _facts_by_path(now)
    if listed.keys() - was.keys():
        return Outcome.ADDED
    if any(listed[path] != was[path] for path in listed):
        return Outcome.UPDATED
    return Outcome.REMOVED if was.keys() - listed.keys() else None


def added_files(before: Sequence[MediaFile], now: Sequence[MediaFile]) -> frozenset[str]:
    """Return the paths that were not listed before, under any item."""
    return frozenset(file.file for file in not_trashed(now)) - {file.file for file in not_trashed(before)}


def removed_files(before: Sequence[MediaFile], now: Sequence[MediaFile]) -> tuple[MediaFile, ...]:
    """Return the files that were listed before and no longer are, under any item."""
    listed = {file.file for file in not_trashed(now)}
    return tuple(file for file in not_trashed(before) if file.file not in listed)


def changed_files(before: Sequence[MediaFile] | None, now: Sequence[MediaFile] | None) -> tuple[MediaFile, ...]:
    """Return the files that are new, or whose size or stamp differs."""
    was = _facts_by_path(before or ())
    listed = not_trashed(now or ())
    return tuple(file for file in listed if (file.size, file.stamp) not in was.get(file.file, ()))


def was_other_in_trash(before: Sequence[MediaFile], now: Sequence[MediaFile]) -> bool:
    """Return whether an item is listed that was in the trash, with a file of another size or stamp."""
    trashed = {(file.rating_key, file.file): (file.size, file.stamp) for file in before if file.trashed}
    return any(
        trashed.get((file.rating_key, file.file)) not in {None, (file.size, file.stamp)} for file in not_trashed(now)
    )


def is_analyzed(files: Sequence[MediaFile]) -> bool:
    """Return whether Plex has analyzed the files: before that, they have a size but no duration."""
    return all(file.playable or _has_no_streams(file) for file in not_trashed(files))


def _has_no_streams(file: MediaFile) -> bool:
    return file.file.rpartition(".")[2].lower() in WITHOUT_STREAMS


def all_listed(expected: Mapping[str, FileFacts], now: Sequence[MediaFile]) -> bool:
    """Return whether every expected media file is listed as it is; a file without a size need not be listed."""
    by_key: dict[str, list[MediaFile]] = {}
    for file in now:
        by_key.setdefault(file_key(file), []).append(file)
    certain = {key: facts for key, facts in expected.items() if facts.size is not None}
    return all(compare_with_listed(by_key.get(key, ()), facts) is Comparison.SAME for key, facts in certain.items())


def is_refreshed(before: Sequence[MediaFile], now: Sequence[MediaFile], keys: Collection[int]) -> bool:
    """Return whether one of these items, or one below it, was refreshed. A new item does not count."""
    was = {file.rating_key: file.updated_at for file in before}
    return any(
        file.rating_key in was and file.updated_at != was[file.rating_key]
        for file in now
        if not {file.rating_key, file.parent_key, file.grandparent_key}.isdisjoint(keys)
    )


def _facts_by_path(files: Sequence[MediaFile]) -> dict[str, set[tuple[int | None, int | None]]]:
    """Return the sizes and stamps that are listed for each path: a file can belong to several items."""
    facts: dict[str, set[tuple[int | None, int | None]]] = {}
    for file in not_trashed(files):
        facts.setdefault(file.file, set()).add((file.size, file.stamp))
    return facts
