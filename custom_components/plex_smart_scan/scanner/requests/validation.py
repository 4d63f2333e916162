"""Did Plex take it? What a look at its library proves, and when the next look is due. Nothing here asks or waits."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from ..libraries.index import Match
from ..media.freshness import Freshness, freshness, not_trashed
from ..media.rules import PathKind
from ..models import FileFacts, MediaFile, Outcome
from ..paths.clean_path import cleaned
from ..plex import events
from ..plex.events import PlexEvent, TimelineEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """What a request wants to be true in one library.

    `before` is what Plex listed before the scan (None: more than can be told). `expected` are the media files that
    Home Assistant sees in a folder, by comparison key (None: it cannot see); one without a size need not be listed.
    """

    match: Match
    kind: PathKind
    facts: FileFacts
    gone: bool = False
    before: tuple[MediaFile, ...] | None = ()
    expected: Mapping[str, FileFacts] | None = None


def is_up_to_date(goal: Goal) -> bool:
    """Whether nothing needs to be scanned, going by what Plex lists already."""
    if goal.before is None or goal.kind is PathKind.SIDECAR:
        return False
    if goal.gone:
        return not not_trashed(goal.before)
    if goal.kind is PathKind.FOLDER:
        return bool(goal.expected) and _all_taken(goal, goal.before) and not _vanished(goal, goal.before)
    return freshness(goal.before, goal.facts) is Freshness.SAME


def proof(
    goal: Goal, now: tuple[MediaFile, ...] | None, *, scan_over: bool, witnessed: bool | None = True
) -> Outcome | None:
    """Tell what a look proves; None while it proves nothing yet.

    That something is unchanged is proven by the facts of the file, or else by a scan that is over and whose activity
    was seen. `witnessed` is None where nobody could watch, and False where a watched server began none: it may well
    have swallowed the request.
    """
    if goal.gone and now is not None:
        return _proof_of_absence(goal.before, now)
    if goal.before is None or now is None:
        return Outcome.SCANNED if scan_over else None
    if goal.kind is PathKind.SIDECAR:
        return Outcome.UPDATED if is_refreshed(goal.before, now) else None
    if not _is_as_wanted(goal, now, scan_over=scan_over):
        return None
    if changed := difference(goal.before, now):
        return changed
    if not scan_over:
        return None
    if witnessed or is_known(goal):
        return Outcome.UP_TO_DATE
    return Outcome.SCANNED if witnessed is None else None


def _proof_of_absence(before: Sequence[MediaFile] | None, now: Sequence[MediaFile]) -> Outcome | None:
    if not_trashed(now):
        return None
    return Outcome.REMOVED if before is None or not_trashed(before) else Outcome.UP_TO_DATE


def _is_as_wanted(goal: Goal, now: Sequence[MediaFile], *, scan_over: bool) -> bool:
    """Whether Plex lists what is known to be there, as it is."""
    if goal.kind is not PathKind.FOLDER:
        # After a scan of its folder Plex has looked at the file's time itself.
        return freshness(now, goal.facts, any_zone=scan_over) in {Freshness.SAME, Freshness.UNVERIFIED}
    if goal.expected is None and not scan_over:
        return False  # the first episode of a season that nobody else sees is not the season
    return (
        _all_taken(goal, now)
        and not _vanished(goal, now)
        and bool(not_trashed(now) or difference(goal.before or (), now))
    )


def is_without_media(goal: Goal) -> bool:
    """Whether Home Assistant sees a folder, and nothing in it that Plex would have to list."""
    return (
        goal.kind is PathKind.FOLDER
        and not goal.gone
        and goal.expected is not None
        and all(facts.size is None for facts in goal.expected.values())
    )


def is_known(goal: Goal) -> bool:
    """Whether there are facts to compare what Plex lists with."""
    return goal.expected is not None if goal.kind is PathKind.FOLDER else goal.facts.size is not None


def difference(before: Sequence[MediaFile], now: Sequence[MediaFile]) -> Outcome | None:
    """Tell what changed between two looks; None for nothing. What was added counts before what was removed."""
    was, listed = _facts_by_key(before), _facts_by_key(now)
    if listed.keys() - was.keys():
        return Outcome.ADDED if added_files(before, now) else Outcome.UPDATED
    if any(listed[key] != was[key] for key in listed):
        return Outcome.UPDATED
    return Outcome.REMOVED if was.keys() - listed.keys() else None


def added_files(before: Sequence[MediaFile], now: Sequence[MediaFile]) -> frozenset[str]:
    """Return the paths that were not listed before; a file that moved to another item (a better match) was."""
    return frozenset(file.file for file in not_trashed(now)) - {file.file for file in not_trashed(before)}


def changed_files(before: Sequence[MediaFile] | None, now: Sequence[MediaFile] | None) -> tuple[MediaFile, ...]:
    """Return the files that are new or other than before."""
    was = _facts_by_key(before or ())
    return tuple(
        file for file in not_trashed(now or ()) if was.get((file.rating_key, file.file)) != (file.size, file.stamp)
    )


def is_settled(files: Sequence[MediaFile]) -> bool:
    """Whether Plex has read the files: before that, items have a size but no duration."""
    return all(file.playable for file in not_trashed(files))


def _facts_by_key(files: Sequence[MediaFile]) -> dict[tuple[int, str], tuple[int | None, int | None]]:
    return {(file.rating_key, file.file): (file.size, file.stamp) for file in not_trashed(files)}


def _all_taken(goal: Goal, now: Sequence[MediaFile]) -> bool:
    """Whether every media file that Home Assistant sees in the folder is listed as it is."""
    by_key: dict[str, list[MediaFile]] = {}
    for file in now:
        by_key.setdefault(_key(file), []).append(file)
    certain = {key: facts for key, facts in (goal.expected or {}).items() if facts.size is not None}
    return all(freshness(by_key.get(key, ()), facts) is Freshness.SAME for key, facts in certain.items())


def _vanished(goal: Goal, now: Sequence[MediaFile]) -> bool:
    """Whether Plex lists a file in the folder that is not there any more."""
    return goal.expected is not None and any(_key(file) not in goal.expected for file in not_trashed(now))


def is_refreshed(before: Sequence[MediaFile], now: Sequence[MediaFile], keys: Collection[int] | None = None) -> bool:
    """Whether an item was read again, or one below it; with `keys` only these items count. A new item was not."""
    was = {file.rating_key: file.updated_at for file in before}
    return any(
        file.rating_key in was and file.updated_at != was[file.rating_key]
        for file in now
        if keys is None or not {file.rating_key, file.parent_key, file.grandparent_key}.isdisjoint(keys)
    )


def _key(file: MediaFile) -> str:
    path = cleaned(file.file)
    return path.key if path else file.file


class Wakes:
    """Told every hint, it knows which items of a library are under way, and wakes a look when that is worth it.

    It is once the items that are `wanted` were processed, and once nothing is under way any more.
    """

    def __init__(self, match: Match) -> None:
        """Listen for one library."""
        self.event = asyncio.Event()
        self.idle = asyncio.Event()
        self.idle.set()
        self.processed: set[int] = set()
        self.under_way: set[int] = set()
        self.wanted: set[int] = set()
        self._section = match.library.id
        # Without a metadata agent nothing is ever "processed": items stop at state 1.
        agentless = match.library.agent.endswith(".none")
        self._done = {events.PROCESSED, events.DELETED} | ({1} if agentless else set())

    def take(self, hint: PlexEvent) -> None:
        """Take a hint in."""
        if not isinstance(hint, TimelineEvent) or hint.section != self._section:
            return
        if hint.state in self._done:
            self.under_way.discard(hint.item)
            self.processed.add(hint.item)
            if not self.under_way:
                self.idle.set()
            if hint.item in self.wanted or not self.under_way:
                self.event.set()
        else:
            self.under_way.add(hint.item)
            self.idle.clear()
