"""What a request has found out, as evidence."""

import pytest

from custom_components.plex_smart_scan.scanner.media.naming_rules import PathKind
from custom_components.plex_smart_scan.scanner.models import FileFacts, FileState, Outcome, ScanRequest, Settings
from custom_components.plex_smart_scan.scanner.paths.clean_path import clean
from custom_components.plex_smart_scan.scanner.paths.mappings import Mappings
from custom_components.plex_smart_scan.scanner.requests.decision.evidence import ScanState
from custom_components.plex_smart_scan.scanner.requests.decision.scan_scope import ScanScope
from custom_components.plex_smart_scan.scanner.requests.progress.evidence_builder import evidence_of
from custom_components.plex_smart_scan.scanner.requests.progress.request_progress import Progress
from custom_components.plex_smart_scan.scanner.scans.scan_job import Observation, ScanJob
from custom_components.plex_smart_scan.scanner.timing import Timing
from tests.scanner.builders import a_file, a_match


@pytest.mark.parametrize(
    ("listed_at", "read_before", "state"),
    [
        (None, False, ScanState.LOST),
        (9.0, False, ScanState.LOST),
        (11.0, False, ScanState.ENDED),
        (11.0, True, ScanState.LOST),
    ],
    ids=["unchanged", "changed before", "changed since", "changed perhaps by an earlier scan"],
)
def test_unobserved_scan_counts_as_run_if_the_listing_changed(
    listed_at: float | None, read_before: bool, state: ScanState
) -> None:
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
    progress.may_be_incomplete = read_before

    evidence = evidence_of(progress, Settings(), Timing(), now=16.0, outages=0, location_wait=0.0)

    assert evidence.scan is state


@pytest.mark.parametrize(
    ("scanned", "wider"),
    [
        ("/tv/Show/Season 01", ScanScope.FIRST_LEVEL_FOLDER),
        ("/tv/Show", ScanScope.LOCATION),
        ("/tv", None),
        (None, None),
    ],
)
@pytest.mark.parametrize("observation", [Observation.OBSERVED, Observation.UNKNOWN])
def test_parent_folder_that_another_request_had_scanned_is_not_scanned_again(
    scanned: str | None, wider: ScanScope | None, observation: Observation
) -> None:
    """The scan that the request uses can be wider than the one that it needs, if it was observed."""
    match = a_match("/tv/Show/Season 01/Show - S01E01.mkv")
    folder = clean(scanned) if scanned else None
    job = ScanJob(library=match.library, location=match.location, folder=folder, looked_up_at=0.0)
    job.observation = observation
    job.ended.set()
    mapped, folder = Mappings().apply(match.path), match.path.parent
    progress = Progress(request=ScanRequest(path=""), match=match, mapped=mapped, job=job, scan_folder=folder)

    evidence = evidence_of(progress, Settings(), Timing(), now=0.0, outages=0, location_wait=0.0)

    assert evidence.wider is (wider if observation is Observation.OBSERVED else ScanScope.FIRST_LEVEL_FOLDER)


@pytest.mark.parametrize(
    ("facts", "reported_at", "changed"),
    [
        (FileFacts(size=2), 9.0, False),
        (FileFacts(size=2), 11.0, True),
        (FileFacts(size=1), 11.0, False),
        (FileFacts(size=2, state=FileState.FILE), 9.0, True),
    ],
    ids=["reported before the scan", "reported since", "the same size reported since", "seen on the disk"],
)
def test_size_that_was_reported_before_the_scan_is_no_change(
    facts: FileFacts, reported_at: float, changed: bool
) -> None:
    """The size can be known only after the scan, although it was reported before."""
    match = a_match("/tv/Show/Season 01/Show - S01E01.mkv")
    job = ScanJob(library=match.library, location=match.location, folder=match.path.parent, looked_up_at=0.0)
    job.started_at = 10.0
    progress = Progress(request=ScanRequest(path=""), match=match, mapped=Mappings().apply(match.path), job=job)
    progress.facts, progress.reported_at, progress.kind = facts, reported_at, PathKind.MEDIA
    progress.on_disk_at_scan = (1, None), None

    evidence = evidence_of(progress, Settings(), Timing(), now=16.0, outages=0, location_wait=0.0)

    assert evidence.changed_since_scan is changed


@pytest.mark.parametrize(("scans", "wait"), [(19, 0.0), (20, 40.0), (21, 40.0)])
def test_request_that_has_needed_many_scans_waits(scans: int, wait: float) -> None:
    """The latest one was requested 20 s ago; a minute has to pass."""
    match = a_match("/tv/Show/Season 01")
    progress = Progress(request=ScanRequest(path=""), match=match, mapped=Mappings().apply(match.path))
    progress.attempts, progress.last_scan_at = scans, 10.0

    evidence = evidence_of(progress, Settings(), Timing(), now=30.0, outages=0, location_wait=0.0)

    assert evidence.scan_wait == wait


@pytest.mark.parametrize(
    ("expected", "missing"),
    [
        (None, False),
        ({"/tv/Show/Season 01/Show - S01E01.mkv": FileFacts(size=1)}, False),
        ({"/tv/Show/Season 01/Show - S01E02.mkv": FileFacts(size=1)}, True),
        ({}, True),
    ],
    ids=["the folder cannot be seen", "the listed file", "another file", "no file"],
)
def test_listed_file_that_is_not_in_the_folder_is_missing(expected: dict[str, FileFacts] | None, missing: bool) -> None:
    """Plex lists one file: what Home Assistant sees in the folder shows whether it still exists."""
    match = a_match("/tv/Show/Season 01")
    progress = Progress(request=ScanRequest(path=""), match=match, mapped=Mappings().apply(match.path))
    progress.kind, progress.expected_files = PathKind.FOLDER, expected
    progress.record_listing((a_file(),), 1.0)

    evidence = evidence_of(progress, Settings(), Timing(), now=2.0, outages=0, location_wait=0.0)

    assert evidence.lists_missing_files is missing


@pytest.mark.parametrize(
    ("there", "seen_by_plex", "change"),
    [
        ({"/tv/Show/Season 01/Show - S01E01.mkv": FileFacts(size=1)}, frozenset[str](), Outcome.ADDED),
        ({}, frozenset({"/tv/Show/Season 01/Show - S01E01.mkv"}), Outcome.ADDED),
        ({}, frozenset[str](), None),
    ],
    ids=["Home Assistant sees it", "only Plex sees it", "it is gone"],
)
def test_new_file_that_is_gone_changes_no_folder(
    there: dict[str, FileFacts], seen_by_plex: frozenset[str], change: Outcome | None
) -> None:
    """Plex lists a file that it has not listed before: that says nothing new of the folder if the file is gone."""
    match = a_match("/tv/Show/Season 01")
    progress = Progress(request=ScanRequest(path=""), match=match, mapped=Mappings().apply(match.path))
    progress.kind, progress.expected_files, progress.missed_files_visible_to_plex = PathKind.FOLDER, there, seen_by_plex
    progress.record_listing((), 1.0)
    progress.record_listing((a_file(),), 2.0)

    evidence = evidence_of(progress, Settings(), Timing(), now=3.0, outages=0, location_wait=0.0)

    assert evidence.change is change
    assert evidence.lists_missing_files is (change is None)
