"""Requesting a scan and handling its start.

A further scan of the same request is of a wider scope, or of the same scope because the file has changed, or it is a
repetition: of the same scope, because the last scan was lost (Plex accepted it but never ran it) or unobserved (it is
unknown whether it ran). A lost scan is repeated as long as there is time, an unobserved one only once
(`Progress.repeated`).
"""

from dataclasses import replace

from ...libraries.mount_state import MountState
from ...models import Reason
from ...plex.errors import PlexError
from ...plex.retry import RetryAction, decide_retry
from ...scans.scan_job import JobState, Observation, ScanJob, Waiter
from ..call_with_retries import GaveUpError, call_with_retry
from ..collecting.collect_listing import repeat_lookup, repeat_lookup_once
from ..collecting.collect_visibility import update_visibility
from ..decision.evidence import Observed, ScanState
from ..decision.rule_table import decide
from ..decision.scan_scope import ScanScope, folder_at
from ..decision.step_types import Finish, Scan
from ..dependencies import Dependencies
from ..progress.covering_scan import earliest_covering_start, may_be_incomplete, new_file_seen_since
from ..progress.evidence_builder import MANY_SCANS, current_evidence
from ..progress.request_progress import Progress


async def scan(deps: Dependencies, progress: Progress, step: Scan) -> None:
    """Request a scan of a folder; return once it was requested, or was found not to be needed. Raises GaveUpError."""
    deps.store_later(progress.request)
    was_lost = current_evidence(deps, progress).scan is ScanState.LOST
    if was_lost:
        progress.lost_scans += 1
    if step.scope is ScanScope.LIBRARY and not await call_with_retry(
        deps, progress, deps.library_still_exists, progress.match
    ):
        # This would scan a whole library that no longer contains the path.
        raise GaveUpError(Reason.LIBRARY_GONE, progress.match.library.title)
    if not await _is_still_justified(deps, progress, step.scope):
        progress.reset_scan_keeping_visibility()
        return
    if progress.job is not None and not was_lost and progress.observed_now is Observed.UNKNOWN:
        # The last scan was unobserved. If the file has changed since, this scan does not count as its repetition.
        progress.repeated = progress.on_disk_at_scan == progress.on_disk
    match, folder = progress.match, progress.scan_folder or progress.match.location
    wanted = folder_at(match, folder, step.scope)
    since, is_first_scan = earliest_covering_start(deps, progress), progress.job is None
    has_enough_time = not (is_first_scan or progress.scan_began_early or progress.removed_since_scan)
    waiter = Waiter(
        still_needed=lambda: _is_still_needed(deps, progress),
        release_slot=progress.release_slot,
        is_first_scan=is_first_scan and not progress.scan_avoided,
        is_repetition=_is_repetition(progress, step.scope),
    )
    progress.stop_waiting_for_scan()
    progress.may_be_incomplete = progress.may_be_incomplete or may_be_incomplete(deps, progress)
    job = deps.runner.request(match, wanted, waiter, looked_up_at=progress.looked_up_at, since=since)
    requested_at, progress.joined_scan = deps.clock.monotonic(), job.started.is_set()
    if step.scope is not progress.scope:
        progress.observed, progress.repeated = Observed.UNKNOWN, False  # the wider scan has not been observed yet
    progress.job, progress.scope, progress.lookups_since_scan = job, step.scope, 0
    progress.on_disk_at_scan, progress.seen_since = progress.on_disk, new_file_seen_since(deps, progress)
    await _wait_for_start(deps, progress, job, requested_at)
    if not has_enough_time and progress.job is job:
        # However long the scan had to be waited for, there is time to look for its result.
        latest = deps.settings.validation_timeout - deps.timing.late_listing
        progress.time_spent = min(progress.time_spent, max(latest, 0.0))


def _is_repetition(progress: Progress, scope: ScanScope) -> bool:
    """Return whether a scan repeats the last one: the same scope, and the last one was lost or unobserved."""
    last = progress.job
    if last is None or not last.ended.is_set() or scope is not progress.scope:
        return False
    return last.observation is not Observation.OBSERVED


async def _is_still_justified(deps: Dependencies, progress: Progress, scope: ScanScope) -> bool:
    """Check once more what Plex sees of the path, unless it was checked a moment ago. Raises GaveUpError.

    False if the scan that was decided would not be decided now, or would be of another folder: after the check, a
    look-up may have shown that the path is gone, so that the nearest existing folder has to be scanned instead.
    """
    gone, folder = current_evidence(deps, progress).gone, progress.scan_folder
    names_location = progress.match.path.key == progress.match.location.key
    is_current = deps.clock.monotonic() - progress.visibility_checked_at < deps.timing.view_max_age
    if is_current and (names_location or progress.folder_is_of_removal is gone):
        return True
    await update_visibility(deps, progress)
    evidence = replace(current_evidence(deps, progress), scope=scope)
    return evidence.worth_scanning and evidence.gone is gone and progress.scan_folder == folder


async def _wait_for_start(deps: Dependencies, progress: Progress, job: ScanJob, requested_at: float) -> None:
    """Wait until the scan is requested, or until it is known why it is not. Raises GaveUpError."""
    await job.started.wait()
    if job.state is JobState.FAILED:
        await _handle_failed_scan(deps, progress, job)
    elif job.state is JobState.MOUNT_MISSING:
        # What Plex saw of the path before the scan still counts: its view of a missing mount shows nothing.
        progress.reset_scan_keeping_visibility()
        progress.mount, progress.missing_location = MountState.MISSING, job.missing_mount
        progress.missing_for_whole_scan = job.reads_location
    elif job.state is JobState.SKIPPED:
        progress.queued += deps.clock.monotonic() - requested_at
        progress.scan_avoided = True
        # Another scan was sufficient, or the path has disappeared or reappeared: look it up and decide again.
        progress.reset_scan_keeping_visibility()
        await repeat_lookup(deps, progress)
    else:
        progress.queued += max(job.started_at - requested_at, 0.0)
        _record_scan(deps, progress, job)


async def _handle_failed_scan(deps: Dependencies, progress: Progress, job: ScanJob) -> None:
    """Give up, or try again as the error requires. Raises GaveUpError."""
    if job.failure_reason is Reason.BAD_REQUEST and job.folder is not None:
        progress.folder_scan_refused = True
    elif job.failure_reason is Reason.SERVER_ERROR and job.error and not await deps.availability.is_serving():
        progress.job = None  # the server fails with everything
    elif job.failure_reason:
        raise GaveUpError(job.failure_reason, str(job.error)) from job.error
    elif job.error:
        # This is a 404: the runner retries after other errors, and during an outage all requests wait.
        progress.job = None
        await _wait_after_not_found(deps, progress, job.error)


async def _wait_after_not_found(deps: Dependencies, progress: Progress, error: PlexError) -> None:
    """Wait before a scan is requested again for which Plex returned 404.

    Raises GaveUpError if the library no longer exists, or after too many attempts.
    """
    progress.unknown_requests += 1
    if not await call_with_retry(deps, progress, deps.library_still_exists, progress.match):
        raise GaveUpError(Reason.LIBRARY_GONE, progress.match.library.title)
    decision = decide_retry(error, progress.unknown_requests)
    if decision.action is RetryAction.GIVE_UP:
        raise GaveUpError(decision.reason or Reason.SERVER_ERROR, str(error))
    if await deps.availability.pause(decision.delay):
        progress.unknown_requests -= 1  # an attempt that the user requested does not count


def _record_scan(deps: Dependencies, progress: Progress, job: ScanJob) -> None:
    progress.folder_scan_refused = False  # this one was accepted, perhaps that of the whole library
    progress.attempts, progress.last_scan_at = progress.attempts + 1, job.started_at
    if progress.attempts == MANY_SCANS:
        path, pause = progress.match.path.text, deps.timing.many_scans_interval
        deps.log("⚠️", "%s has needed %s scans. The next ones are at least %.0f s apart", path, MANY_SCANS, pause)
    progress.first_scan_at = progress.first_scan_at or max(job.started_at, progress.started_at)
    folders = (job.scanned,) if job.scanned is not None else job.library.locations
    progress.scanned += [each for each in folders if each not in progress.scanned]


async def _is_still_needed(deps: Dependencies, progress: Progress) -> bool:
    """Return whether a scan that had to wait is still needed.

    It is not if the path has disappeared or reappeared, or if another scan has had the same result.
    """
    looks_up = progress.looked_up and current_evidence(deps, progress).options.validate and not progress.request.force
    # The runner waits for this, so nothing is retried here. The look-up comes first, since it may take long.
    if looks_up and await repeat_lookup_once(deps, progress):
        # Decide as if no scan had been requested. The scan is needed unless the request would be finished now.
        evidence = current_evidence(deps, replace(progress, job=None))
        if isinstance(decide(evidence, deps.timing), Finish):
            return False
    try:
        return await _is_still_justified(deps, progress, progress.scope)
    except GaveUpError:
        return True  # what Plex sees is unknown now; the request gives up by itself if that does not change


def restart(progress: Progress) -> None:
    """Start over with the whole validation timeout, after the server was unavailable."""
    progress.interruptions += 1
    progress.time_spent = 0.0
    scope = progress.scope
    progress.reset_scan()
    # The reason for a scan of the location may be gone, and it has to wait for its turn.
    progress.scope = scope if scope is ScanScope.FIRST_LEVEL_FOLDER else ScanScope.FOLDER
