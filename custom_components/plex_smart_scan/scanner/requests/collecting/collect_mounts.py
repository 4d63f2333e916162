"""Whether the mounts that a scan would read are there, and whether Plex lists other files in the folder."""

from ...libraries.missing_mounts import locations_read
from ..call_with_retries import call_with_retry
from ..decision.evidence import PlexVisibility, SiblingsListed
from ..dependencies import Dependencies
from ..progress.evidence_builder import max_view_age
from ..progress.request_progress import Progress


async def update_mount(deps: Dependencies, progress: Progress) -> None:
    """Check the mount of every location that the scan would read. Raises GaveUpError."""
    match = progress.match
    locations = locations_read(match.library, match.location, whole_library=not deps.settings.smart_scanning)
    progress.missing_for_whole_scan = False
    progress.empty_confirmed = all(deps.mounts.is_empty_confirmed(match.library, each) for each in locations)
    # A path that Plex does not see may have disappeared together with its mount a moment ago.
    max_age = None if progress.visibility is PlexVisibility.VISIBLE else max_view_age(deps, progress)
    progress.mount, progress.missing_location = await call_with_retry(
        deps,
        progress,
        lambda: deps.mounts.check_all(
            match.library, locations, requested_path=match.path, gone=progress.request.gone, max_age=max_age
        ),
    )


async def update_siblings(deps: Dependencies, progress: Progress) -> None:
    """Check whether Plex lists other files in the folder. Raises GaveUpError."""
    folder = progress.scan_folder or progress.match.location
    listed = await call_with_retry(deps, progress, deps.lookups.lists_files_in, progress.match, folder)
    progress.siblings_listed = SiblingsListed.YES if listed else SiblingsListed.NO
