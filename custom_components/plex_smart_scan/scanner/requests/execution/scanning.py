"""Having a folder scanned, and what a scan shows when it starts."""

from dataclasses import replace

from ...libraries.mounts import Mount
from ...media.freshness import not_trashed
from ...media.rules import PathKind
from ...models import Reason
from ...plex.errors import PlexError
from ...scans.scan_job import ScanJob, Waiter
from ..collecting.current_evidence import current_evidence
from ..collecting.lookups import repeat_lookup
from ..collecting.visibility import update_visibility
from ..decision.evidence import Observed, Sight
from ..decision.rules import decide
from ..decision.scan_scope import Rung, folder_at
from ..decision.steps import Finish, Scan
from ..dependencies import Dependencies
from ..progress.progress import Progress
from ..server_calls import GaveUpError, ask, call_with_retry
from .waiting import forget_scan_if_not_visible, wait


async def scan(deps: Dependencies, progress: Progress, step: Scan) -> None:
    """Have a folder scanned; returns once the scan was requested, or was found not to be needed."""
    deps.keep(progress.request)
    if step.pause:
        await wait(deps, progress, step.pause)
        progress.spent += step.pause
        progress.lost_scans += 1
    if not await _may_scan(deps, progress):
        return
    if progress.job is not None and not step.pause and progress.observed_now is Observed.UNKNOWN:
        progress.repeated = True
    match, folder = progress.match, progress.folder or progress.match.location
    wanted = folder_at(match, folder, step.rung)
    if wanted is None and not await call_with_retry(deps, progress, deps.library_still_exists, match):
        # The path has left the library meanwhile: all of that would be scanned for nothing.
        raise GaveUpError(Reason.LIBRARY_GONE, match.library.title)
    since = _since(deps, progress, again=progress.job is not None)
    progress.leave_scan()
    waiter = Waiter(
        still_needed=lambda: _is_still_needed(deps, progress),
        release_slot=progress.release_slot,
        first=progress.job is None,
    )
    job = deps.runner.request(match, wanted, waiter, looked_at=progress.looked_at, since=since)
    asked_at = deps.clock.monotonic()
    if step.rung is not progress.rung:
        progress.observed, progress.repeated = Observed.UNKNOWN, False  # of the wider scan nothing is known yet
    progress.job, progress.rung, progress.looks = job, step.rung, 0
    progress.size_at_scan = (progress.facts.size, progress.facts.mtime)
    await _until_started(deps, progress, job, asked_at)


async def _may_scan(deps: Dependencies, progress: Progress) -> bool:
    """See once more, unless that was just done, that the path is still what it was when the scan was decided.

    Something that has gone or has come back meanwhile is no reason for that scan any more.
    """
    if deps.clock.monotonic() - progress.sight_at < deps.timing.view_age:
        return True
    seen, folder = progress.sight, progress.folder
    await update_visibility(deps, progress)
    if progress.sight is Sight.NOT_SEEN and not current_evidence(deps, progress).gone:
        forget_scan_if_not_visible(deps, progress)
        return False
    if seen is progress.sight:
        return folder == progress.folder
    sight, at = progress.sight, progress.sight_at
    progress.forget_scan()
    progress.sight, progress.sight_at = sight, at
    return False


def _since(deps: Dependencies, progress: Progress, *, again: bool) -> float:
    """Return the earliest beginning of a scan that covers the request (monotonic seconds)."""
    if again:
        return deps.clock.monotonic()
    if progress.request.force:
        return progress.started_at
    listed = bool(not_trashed(progress.before or ())) or progress.before is None
    seen = deps.visibility.first_seen(progress.match.path)
    if not listed and seen is not None and progress.kind is PathKind.MEDIA:
        # Of a file of unknown size the scan may have read only the beginning if the word came after it had begun.
        word = progress.word_at - deps.timing.same_word if progress.facts.size is None else 0.0
        return max(seen, progress.facts_changed_at or 0.0, word)
    return max(progress.word_at, progress.facts_changed_at or 0.0)


async def _until_started(deps: Dependencies, progress: Progress, job: ScanJob, asked_at: float) -> None:
    await job.started.wait()
    if job.given_up:
        if job.given_up is Reason.BAD_REQUEST and job.folder is not None:
            progress.refused = True
            return
        if job.given_up is Reason.SERVER_ERROR and job.error and not await deps.availability.is_serving():
            progress.job = None  # it fails with everything
            return
        raise GaveUpError(job.given_up, str(job.error)) from job.error
    if job.error:
        progress.job = None
        await ask(deps, progress, _raise, job.error)
        return
    if job.missing_mount is not None:
        progress.forget_scan()
        progress.sight, progress.sight_at = Sight.SEEN, asked_at
        progress.mount, progress.missing_location = Mount.MISSING, job.missing_mount
        return
    now = deps.clock.monotonic()
    progress.queued += max((now if job.skipped else job.started_at) - asked_at, 0.0)
    if job.skipped:
        # Another scan did it, or the path is gone again: look, and decide anew.
        progress.forget_scan()
        await repeat_lookup(deps, progress)
        return
    _note_scan(progress, job)


async def _raise(error: PlexError) -> None:
    raise error


def _note_scan(progress: Progress, job: ScanJob) -> None:
    progress.attempts += 1
    progress.first_scan_at = progress.first_scan_at or max(job.started_at, progress.started_at)
    folders = (job.scanned,) if job.scanned is not None else job.library.locations
    progress.scanned += [each for each in folders if each not in progress.scanned]


async def _is_otherwise(deps: Dependencies, progress: Progress) -> bool:
    """Whether the path has vanished or is back since the scan was decided; then that is noted."""
    path, location = progress.match.path, progress.match.location
    view = await deps.visibility.view(path.parent or location)
    if view.refused or path.key == location.key or progress.sight not in {Sight.SEEN, Sight.NOT_SEEN}:
        return False
    sight = Sight.NOT_SEEN if view.find(path) is None else Sight.SEEN
    if sight is not progress.sight:
        progress.sight, progress.sight_at = sight, view.at
        return True
    # Of what is gone, the nearest folder that was left may be gone too.
    folder = progress.folder
    if sight is Sight.SEEN or folder is None or folder.parent is None or folder.key == location.key:
        return False
    above = await deps.visibility.view(folder.parent)
    return not above.refused and above.find(folder) is None


async def _is_still_needed(deps: Dependencies, progress: Progress) -> bool:
    """Whether a scan that had to wait is still wanted: not if the path vanished or is back, or another has done it."""
    try:
        if await _is_otherwise(deps, progress):
            return False
        if progress.request.force or not progress.looked or not current_evidence(deps, progress).wishes.validates:
            return True
        await repeat_lookup(deps, progress)
    except GaveUpError:
        return True
    job, progress.job = progress.job, None
    try:
        evidence = current_evidence(deps, progress)
    finally:
        progress.job = job
    return not isinstance(decide(replace(evidence, sight=Sight.SEEN), deps.timing), Finish)


async def restart(_deps: Dependencies, progress: Progress) -> None:
    """Start over with all the time allowed, after the server was away."""
    progress.interruptions += 1
    progress.spent = 0.0
    rung = progress.rung
    progress.forget_scan()
    progress.rung = rung if rung is not Rung.LIBRARY else Rung.FOLDER
