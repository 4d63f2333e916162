"""What a request has found out, as evidence."""

import pytest

from custom_components.plex_smart_scan.scanner.models import ScanRequest, Settings
from custom_components.plex_smart_scan.scanner.paths.clean_path import clean
from custom_components.plex_smart_scan.scanner.paths.mappings import Mappings
from custom_components.plex_smart_scan.scanner.requests.decision.evidence import ScanState
from custom_components.plex_smart_scan.scanner.requests.progress.evidence_builder import evidence_of
from custom_components.plex_smart_scan.scanner.requests.progress.request_progress import Progress
from custom_components.plex_smart_scan.scanner.scans.scan_job import Observation, ScanJob
from custom_components.plex_smart_scan.scanner.timing import Timing
from tests.scanner.builders import a_file, a_match


@pytest.mark.parametrize(
    ("listed_at", "state"),
    [(None, ScanState.LOST), (9.0, ScanState.LOST), (11.0, ScanState.ENDED)],
    ids=["unchanged", "changed before", "changed since"],
)
def test_unobserved_scan_counts_as_run_if_the_listing_changed(listed_at: float | None, state: ScanState) -> None:
    """A scan whose events were lost did run when Plex's list has changed since it was requested."""
    file = a_file()
    match = a_match(file.file)
    job = ScanJob(library=match.library, location=match.location, folder=match.path.parent, looked_up_at=0.0)
    job.started_at, job.ended_at, job.observation = 10.0, 15.0, Observation.NOT_OBSERVED
    job.ended.set()
    mapped = Mappings().apply(clean(file.file))
    progress = Progress(request=ScanRequest(path=file.file), match=match, mapped=mapped, job=job)
    progress.record_listing((file,), 1.0)
    if listed_at is not None:
        progress.record_listing((), listed_at)

    evidence = evidence_of(progress, Settings(), Timing(), now=16.0, outages=0, location_wait=0.0)

    assert evidence.scan is state
