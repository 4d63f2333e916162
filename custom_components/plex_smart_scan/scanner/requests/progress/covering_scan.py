"""Which scans have read what a request is about, so that it needs none of its own."""

import math

from ...media.naming_rules import PathKind
from ...scans.scan_job import ScanJob
from ..dependencies import Dependencies
from .request_progress import Progress


def earliest_covering_start(deps: Dependencies, progress: Progress) -> float:
    """Return the earliest start (monotonic seconds) with which a scan has read what the request is about.

    A scan from before the path or its mount was back has not read it.
    """
    if progress.job is not None:
        return _earliest_replacement_start(deps, progress, progress.job)
    return max(_earliest_first_start(deps, progress), progress.back_at)


def _earliest_first_start(deps: Dependencies, progress: Progress) -> float:
    """Return the earliest start (monotonic seconds) with which another scan replaces the first one of the request."""
    if progress.request.force:
        return progress.started_at
    changed_at = progress.facts_changed_at or 0.0  # 0: the file did not change since the request
    is_present = not progress.request.gone and not progress.request.contradicted
    reported_at = progress.reported_at if is_present else math.inf  # the report of a removal does not show a file
    present_since = deps.visibility.present_since(progress.match.path, reported_at)
    if present_since is not None and _is_new_file(progress):
        # A scan that started since then has read the new file. If the size is unknown, the file may have been
        # incomplete until shortly before the report.
        complete_since = progress.reported_at - deps.timing.same_report if progress.facts.size is None else 0.0
        return max(present_since, changed_at, complete_since)
    # A replaced or removed file or a folder: only the report shows when it changed.
    return max(progress.reported_at, changed_at)


def new_file_seen_since(deps: Dependencies, progress: Progress) -> float:
    """Return since when (monotonic seconds) Plex has seen a file that it did not list; 0 for any other path.

    A scan that began earlier may have missed the file.
    """
    seen_since = deps.visibility.first_seen(progress.match.path) if _is_new_file(progress) else None
    return seen_since or 0.0


def may_be_incomplete(deps: Dependencies, progress: Progress) -> bool:
    """Return whether Plex may list a file as it was before the report, when it may have been incomplete.

    A scan for another path can have read it then. If its size is unknown, no look-up can show that. Some servers only
    list files that they have analyzed.
    """
    request, timing = progress.request, deps.timing
    if progress.kind is not PathKind.MEDIA or progress.facts.size is not None or request.gone or request.contradicted:
        return False
    return deps.runner.recent.is_read_before(
        progress.match.library,
        progress.match.path.parent,
        started_before=progress.reported_at - timing.same_report,
        ended_after=progress.reported_at - timing.late_listing - timing.analysis_timeout,
    )


def _is_new_file(progress: Progress) -> bool:
    """Return whether the path names a file that Plex did not list, not even in its trash.

    Of a file in the trash, an earlier version may have been seen.
    """
    return progress.first_listing == () and progress.kind is PathKind.MEDIA


def _earliest_replacement_start(deps: Dependencies, progress: Progress, last: ScanJob) -> float:
    """Return the earliest start (monotonic seconds) with which another scan replaces a further one of this request.

    It has to start after the end of the request's last scan. While that has not ended, it has to start now or later.
    """
    if not last.ended.is_set():
        return deps.clock.monotonic()
    seen = deps.visibility.first_seen(progress.match.path)
    return max(last.ended_at, seen or 0.0, progress.reported_at, progress.facts_changed_at or 0.0)
