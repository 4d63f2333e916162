"""The evidence at this moment, and how old an answer to a question may be."""

from ..decision.evidence import Evidence, PlexVisibility
from ..dependencies import Dependencies
from ..progress.evidence_builder import evidence_of
from ..progress.request_progress import Progress


def current_evidence(deps: Dependencies, progress: Progress) -> Evidence:
    """Return the evidence at this moment."""
    removal = progress.request.gone or progress.visibility is PlexVisibility.NOT_SEEN
    return evidence_of(
        progress,
        deps.settings,
        deps.timing,
        now=deps.clock.monotonic(),
        outages=deps.availability.outages,
        location_wait=deps.runner.location_wait(progress.match.library.id, removal=removal),
    )


def age_since_report(deps: Dependencies, progress: Progress) -> float:
    """Return how old an answer may be (seconds) that has to be newer than the latest report."""
    return min(max(deps.clock.monotonic() - progress.reported_at, 0.0), deps.timing.view_max_age)
