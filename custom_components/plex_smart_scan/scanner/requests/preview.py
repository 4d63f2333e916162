"""What a scan of a path would do, without doing it: only questions are asked."""

import asyncio
from dataclasses import dataclass, replace

from ..concurrency import run_abandonable
from ..libraries.index import Match
from ..libraries.mounts import Mount
from ..media.freshness import not_trashed
from ..models import MediaFile, ScanRequest
from ..paths.mappings import Mapped
from ..plex.errors import PlexError
from .collecting.current_evidence import current_evidence
from .collecting.lookups import first_lookup
from .collecting.mounts import update_mount
from .collecting.visibility import update_visibility
from .decision.evidence import Evidence, Listing, Sight, Subject
from .decision.scan_scope import folder_at
from .dependencies import Dependencies
from .progress.progress import Progress
from .server_calls import GaveUpError


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What is known of a path in one library. `folder` is the first that would be scanned, as the server spells it.

    All of it is None if nobody could tell; `folder` also if the whole library, or nothing, would be scanned. `visible`
    tells whether Plex sees the path on its disk.
    """

    match: Match
    folder: str | None = None
    visible: bool | None = None
    listed: bool | None = None
    up_to_date: bool | None = None
    items: tuple[MediaFile, ...] = ()


async def preview(deps: Dependencies, mapped: Mapped, match: Match, *, seconds: float) -> Preview:
    """Look at a path in one library, for so long at most."""
    # Forced or not makes no difference to what is looked at, as long as the look itself is wanted.
    request = ScanRequest(path=mapped.reported.text, validate=True)
    progress = Progress(request=request, match=match, mapped=mapped)
    try:
        async with asyncio.timeout(seconds):
            return await run_abandonable(_seen(deps, progress))
    except GaveUpError, PlexError, TimeoutError:
        return Preview(match=match)


async def _seen(deps: Dependencies, progress: Progress) -> Preview:
    """Look as long as it takes. Raises GaveUpError and PlexError."""
    await first_lookup(deps, progress)
    await update_visibility(deps, progress)
    evidence = current_evidence(deps, progress)
    folder = folder_at(progress.match, progress.folder or progress.match.location, evidence.rung)
    await update_mount(deps, progress)
    if progress.mount is Mount.MISSING:
        folder = None  # nothing would be scanned
    visible = {Sight.SEEN: True, Sight.NOT_SEEN: False}.get(progress.sight)
    seen = Preview(match=progress.match, folder=folder.text if folder else None, visible=visible)
    if progress.now is None or evidence.subject is Subject.SIDECAR:
        return seen  # for a sidecar file Plex lists only the item beside it
    listed = not_trashed(progress.now)
    return replace(seen, listed=bool(listed), up_to_date=_up_to_date(evidence), items=listed)


def _up_to_date(evidence: Evidence) -> bool | None:
    """Whether a scan would be skipped; None if Plex's word for a file is all that is known of it."""
    if evidence.gone:
        return evidence.listing is Listing.ABSENT
    if evidence.listing is Listing.UNVERIFIED and evidence.subject is Subject.FILE:
        return None
    return evidence.listing is Listing.MATCHING
