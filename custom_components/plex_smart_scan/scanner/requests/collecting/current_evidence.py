"""The evidence at this moment."""

from ..decision.evidence import Evidence, Sight
from ..dependencies import Dependencies
from ..progress.evidence_builder import evidence_of
from ..progress.progress import Progress


def current_evidence(deps: Dependencies, progress: Progress) -> Evidence:
    """Return what is known now."""
    removal = progress.request.gone or progress.sight is Sight.NOT_SEEN
    return evidence_of(
        progress,
        deps.settings,
        deps.timing,
        now=deps.clock.monotonic(),
        outages=deps.availability.outages,
        location_wait=deps.runner.location_wait(progress.match.library.id, removal=removal),
    )


def age_since_report(deps: Dependencies, progress: Progress) -> float:
    """Return how old an answer may be that is to be newer than the latest word, in seconds."""
    return min(max(deps.clock.monotonic() - progress.word_at, 0.0), deps.timing.view_age)
