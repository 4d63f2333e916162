"""Two answers of Plex compared: what it listed before a scan, and what it lists now."""

from collections.abc import Collection, Mapping, Sequence

from ...media.freshness import Freshness, freshness, not_trashed
from ...models import FileFacts, MediaFile, Outcome
from ...paths.clean_path import cleaned


def difference(before: Sequence[MediaFile], now: Sequence[MediaFile]) -> Outcome | None:
    """Return what changed; None for nothing. What was added counts before what was removed."""
    was, listed = _facts_by_key(before), _facts_by_key(now)
    if listed.keys() - was.keys():
        return Outcome.ADDED if added_files(before, now) else Outcome.UPDATED
    if any(listed[key] != was[key] for key in listed):
        return Outcome.UPDATED
    return Outcome.REMOVED if was.keys() - listed.keys() else None


def added_files(before: Sequence[MediaFile], now: Sequence[MediaFile]) -> frozenset[str]:
    """Return the paths that were not listed before; a file that moved to another item (a better match) was."""
    return frozenset(file.file for file in not_trashed(now)) - {file.file for file in not_trashed(before)}


def removed_files(before: Sequence[MediaFile], now: Sequence[MediaFile]) -> tuple[MediaFile, ...]:
    """Return the files that were listed before and are not any more, whatever item they belonged to."""
    listed = {file.file for file in not_trashed(now)}
    return tuple(file for file in not_trashed(before) if file.file not in listed)


def changed_files(before: Sequence[MediaFile] | None, now: Sequence[MediaFile] | None) -> tuple[MediaFile, ...]:
    """Return the files that are new or have another size or stamp than before."""
    was = _facts_by_key(before or ())
    listed = not_trashed(now or ())
    return tuple(file for file in listed if was.get((file.rating_key, file.file)) != (file.size, file.stamp))


def is_settled(files: Sequence[MediaFile]) -> bool:
    """Whether Plex has read the files: before that, items have a size but no duration."""
    return all(file.playable for file in not_trashed(files))


def all_listed(expected: Mapping[str, FileFacts], now: Sequence[MediaFile]) -> bool:
    """Whether every media file that is expected in a folder is listed as it is; one without a size need not be."""
    by_key: dict[str, list[MediaFile]] = {}
    for file in now:
        by_key.setdefault(file_key(file), []).append(file)
    certain = {key: facts for key, facts in expected.items() if facts.size is not None}
    return all(freshness(by_key.get(key, ()), facts) is Freshness.SAME for key, facts in certain.items())


def any_vanished(expected: Mapping[str, FileFacts], now: Sequence[MediaFile]) -> bool:
    """Whether a file is listed in the folder that is not there any more."""
    return any(file_key(file) not in expected for file in not_trashed(now))


def is_refreshed(before: Sequence[MediaFile], now: Sequence[MediaFile], keys: Collection[int]) -> bool:
    """Whether one of these items, or one below it, was read again. An item that is new was not."""
    was = {file.rating_key: file.updated_at for file in before}
    return any(
        file.rating_key in was and file.updated_at != was[file.rating_key]
        for file in now
        if not {file.rating_key, file.parent_key, file.grandparent_key}.isdisjoint(keys)
    )


def _facts_by_key(files: Sequence[MediaFile]) -> dict[tuple[int, str], tuple[int | None, int | None]]:
    return {(file.rating_key, file.file): (file.size, file.stamp) for file in not_trashed(files)}


def file_key(file: MediaFile) -> str:
    """Return what to compare the path of a listed file by."""
    path = cleaned(file.file)
    return path.key if path else file.file
