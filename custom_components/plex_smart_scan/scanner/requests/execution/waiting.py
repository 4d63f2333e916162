"""Checks and waits before a scan: until Plex sees the path, the mount is back, or the file has stopped growing."""

import asyncio

from ...clock import wait_for
from ...libraries.mount_state import MountState
from ...models import Outcome, Reason
from ..collecting.collect_disk import update_facts
from ..collecting.collect_listing import needs_lookup, prepare_without_lookup, repeat_lookup
from ..collecting.collect_visibility import update_visibility, wait_for_next_view
from ..decision.evidence import PlexVisibility
from ..dependencies import Dependencies
from ..progress.evidence_builder import current_evidence
from ..progress.request_progress import Progress


async def check_visibility(deps: Dependencies, progress: Progress) -> None:
    """Check whether Plex sees the path. Raises GaveUpError."""
    if not progress.looked_up and not needs_lookup(deps, progress):
        await prepare_without_lookup(deps, progress)
    was_gone = current_evidence(deps, progress).gone
    await update_visibility(deps, progress)
    if not progress.job:
        return
    gone = current_evidence(deps, progress).gone
    if progress.visibility is PlexVisibility.NOT_VISIBLE:
        progress.mount = MountState.NOT_CHECKED  # the path may have disappeared with its mount
        if not gone:
            progress.reset_scan_keeping_visibility()  # it has to be visible before it is scanned again
        elif not was_gone:
            progress.gone_at = deps.clock.monotonic()
    elif was_gone and not gone and progress.change in {None, Outcome.REMOVED}:
        progress.back_at = deps.clock.monotonic()
        progress.reset_scan_keeping_visibility()  # a scan for its removal may not have read what is back


async def wait_for_view(deps: Dependencies, progress: Progress, reason: Reason) -> None:
    """Wait for the next view of the folder, or for a newer report about the path.

    `reason` is the reason of the pending request. Raises GaveUpError.
    """
    deps.store_later(progress.request)
    progress.release_slot()
    begin, outages, offline = deps.clock.monotonic(), deps.availability.outages, deps.availability.reason is not None
    progress.waiting_reason = reason
    waiting = asyncio.ensure_future(wait_for_next_view(deps, progress))
    waking = asyncio.ensure_future(progress.new_report.wait())
    try:
        await asyncio.wait({waiting, waking}, return_when=asyncio.FIRST_COMPLETED)
        if waiting.done():
            waiting.result()
    finally:
        for task in (waiting, waking):
            task.cancel()
        await asyncio.gather(waiting, waking, return_exceptions=True)
    progress.waiting_reason = Reason.WAITING
    if not offline and outages == deps.availability.outages:  # the time while the server is unavailable does not count
        progress.time_spent += deps.clock.monotonic() - begin
    existed = progress.facts.state.exists
    # Plex may have listed the file without a scan, and the disk may have changed.
    looks_up = progress.looked_up and progress.visibility is PlexVisibility.VISIBLE
    await (repeat_lookup if looks_up else update_facts)(deps, progress)
    if existed and not progress.facts.state.exists:
        progress.visibility = PlexVisibility.NOT_CHECKED  # what a removal scans is the nearest folder that is left
    progress.mount = MountState.NOT_CHECKED


async def wait_for_mount(deps: Dependencies, progress: Progress) -> None:
    """Wait until the mount of the location is back, then start over. Raises GaveUpError."""
    deps.store_later(progress.request)
    progress.release_slot()
    progress.waiting_reason = Reason.MOUNT_MISSING
    match, location = progress.match, progress.missing_location or progress.match.location
    requested_path = None if progress.missing_for_whole_scan else match.path
    await deps.mounts.wait_until_back(match.library, location, requested_path=requested_path)
    progress.waiting_reason = Reason.WAITING
    progress.back_at = deps.clock.monotonic()
    progress.reset_scan()
    # Plex may have listed the file, or removed it, in the meantime, and the disk may have changed.
    await (repeat_lookup if progress.looked_up else update_facts)(deps, progress)


async def wait_while_growing(deps: Dependencies, progress: Progress) -> None:
    """Wait a moment while the file is growing, then look it up again. Raises GaveUpError."""
    deps.store_later(progress.request)
    progress.release_slot()
    await wait(deps, progress, deps.timing.stable_time / 2)
    await repeat_lookup(deps, progress)


async def wait(deps: Dependencies, progress: Progress, seconds: float) -> None:
    """Wait, but not longer than until a newer report about the path arrives."""
    await wait_for(deps.clock, progress.new_report, seconds)
