"""What a scan of a path would do, without a scan."""

import asyncio
from dataclasses import dataclass, replace

from ..concurrency import run_abandonable
from ..libraries.index import Match
from ..libraries.mount_state import MountState
from ..media.up_to_date import not_trashed
from ..models import MediaFile, ScanRequest
from ..paths.mappings import Mapped
from ..plex.errors import PlexError
from .call_with_retries import GaveUpError
from .collecting.collect_listing import first_lookup
from .collecting.collect_mounts import update_mount
from .collecting.collect_visibility import update_visibility
from .decision.evidence import Evidence, Listing, PlexVisibility, Subject
from .decision.scan_scope import folder_at
from .dependencies import Dependencies
from .progress.evidence_builder import current_evidence
from .progress.request_progress import Progress


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What is known of a path in one library.

    Every field is None if it is unknown.
    """

    match: Match
    folder: str | None = None
    """The first folder that would be scanned, as the server spells it; None for a whole library, or no scan."""
    visible: bool | None = None
    """Whether Plex sees the path on its own disk."""
    listed: bool | None = None
    """Whether Plex lists the path."""
    up_to_date: bool | None = None
    """Whether a scan would be skipped."""
    items: tuple[MediaFile, ...] = ()
    """The files that Plex lists for the path."""


async def preview(deps: Dependencies, mapped: Mapped, match: Match, *, seconds: float) -> Preview:
    """Return what is known of a path in one library, after `seconds` at most."""
    # `force` changes nothing about what is asked; `validate` makes sure that the path is looked up.
    request = ScanRequest(path=mapped.reported.text, validate=True)
    progress = Progress(request=request, match=match, mapped=mapped)
    try:
        async with asyncio.timeout(seconds):
            return await run_abandonable(_collect(deps, progress))
    except GaveUpError, PlexError, TimeoutError:
        return Preview(match=match)


async def _collect(deps: Dependencies, progress: Progress) -> Preview:
    """Collect the evidence without a time limit. Raises GaveUpError and PlexError."""
    await first_lookup(deps, progress)
    await update_visibility(deps, progress)
    evidence = current_evidence(deps, progress)
    folder = folder_at(progress.match, progress.scan_folder or progress.match.location, evidence.scope)
    await update_mount(deps, progress)
    if progress.mount is MountState.MISSING:
        folder = None  # a missing mount is not scanned
    visible = {PlexVisibility.VISIBLE: True, PlexVisibility.NOT_VISIBLE: False}.get(progress.visibility)
    seen = Preview(match=progress.match, folder=folder.text if folder else None, visible=visible)
    if progress.listing is None or evidence.subject is Subject.SIDECAR:
        return seen  # Plex lists the item of a sidecar file, not the file
    listed = not_trashed(progress.listing)
    return replace(seen, listed=bool(listed), up_to_date=_up_to_date(evidence), items=listed)


def _up_to_date(evidence: Evidence) -> bool | None:
    """Return whether a scan would be skipped; None if there is nothing to compare the listed file with."""
    if evidence.gone:
        return evidence.listing is Listing.ABSENT
    if evidence.listing is Listing.UNVERIFIED and evidence.subject is Subject.FILE:
        return None
    return evidence.listing is Listing.MATCHING
