"""Whether the mounts that a scan would read are there, and whether Plex lists other files in the folder."""

from ...libraries.mounts import Mount
from ...paths.clean_path import CleanPath, cleaned
from ..decision.evidence import Known, Sight
from ..dependencies import Dependencies
from ..progress.progress import Progress
from ..server_calls import call_with_retry
from .current_evidence import age_since_report


async def update_mount(deps: Dependencies, progress: Progress) -> None:
    """Ask whether the disk of every location that the scan would read is there. Raises GaveUpError."""
    match = progress.match
    locations: tuple[CleanPath, ...] = (match.location,)
    if not deps.settings.smart_scanning:
        locations = tuple(filter(None, map(cleaned, match.library.locations)))
    progress.mount_allowed = all(deps.mounts.is_allowed(match.library, each) for each in locations)
    for location in locations:
        progress.mount = await call_with_retry(deps, progress, _mount, deps, progress, location)
        progress.missing_location = location
        if progress.mount is not Mount.PRESENT:
            return


async def _mount(deps: Dependencies, progress: Progress, location: CleanPath) -> Mount:
    match = progress.match
    # What is not seen may have gone with the disk a moment ago.
    max_age = None if progress.sight is Sight.SEEN else age_since_report(deps, progress)
    return await deps.mounts.state(match.library, location, besides=match.path, max_age=max_age)


async def update_siblings(deps: Dependencies, progress: Progress) -> None:
    """Ask whether Plex lists other files in the folder. Raises GaveUpError."""
    folder = progress.folder or progress.match.location
    known = await call_with_retry(deps, progress, deps.lookups.knows, progress.match, folder)
    progress.others_known = Known.YES if known else Known.NO
