"""Which folder is scanned next."""

from collections.abc import Callable

import pytest

from custom_components.plex_smart_scan.scanner.paths.clean_path import clean
from custom_components.plex_smart_scan.scanner.scans.queue import FolderQueue
from custom_components.plex_smart_scan.scanner.scans.scan_job import ScanJob, Waiter
from tests.scanner.builders import a_library

TV = a_library("/tv", number=1)
ANIME = a_library("/tv", number=2)
LOCATION = clean("/tv")


def idle(_library: int) -> bool:
    """Return that no library is being scanned."""
    return False


@pytest.fixture
def queue() -> FolderQueue:
    """Return an empty queue."""
    return FolderQueue()


@pytest.fixture
def join(queue: FolderQueue) -> Callable[..., ScanJob]:
    """Return a function that queues a folder of the television library."""

    def ask(folder: str | None, library: int = 1, location: str = "/tv") -> ScanJob:
        return queue.join(
            {1: TV, 2: ANIME}[library], clean(location), clean(folder) if folder is not None else None, looked_up_at=0.0
        )

    return ask


type Join = Callable[..., ScanJob]


def test_requests_for_one_folder_share_a_job(queue: FolderQueue, join: Join) -> None:
    """A request for a queued folder joins its job, in any spelling."""
    assert join("/tv/Show") is join("/tv/Show/")
    assert len(queue) == 1


def test_one_folder_in_two_libraries_is_two_jobs(queue: FolderQueue, join: Join) -> None:
    """One folder in two libraries is two scans."""
    assert join("/tv/Show", 1) is not join("/tv/Show", 2)
    assert len(queue) == 2


def test_whole_library_is_a_separate_job(queue: FolderQueue, join: Join) -> None:
    """A scan of the whole library is a separate job, which later requests join."""
    assert join(None) is join(None)
    assert join(None) is not join("/tv")
    assert join(None).path is None


def test_windows_folders_that_differ_in_case_share_a_job(queue: FolderQueue) -> None:
    """A Windows folder is the same in any case; it is scanned as first spelled."""
    library, location = a_library("D:\\TV"), clean("D:\\TV")

    first = queue.join(library, location, clean("D:\\TV\\Show"), looked_up_at=0.0)

    assert queue.join(library, location, clean("d:\\tv\\SHOW"), looked_up_at=1.0) is first
    assert first.path == "D:\\TV\\Show"


def test_jobs_are_scanned_in_the_order_of_the_first_request(queue: FolderQueue, join: Join) -> None:
    """Joining does not move a folder back."""
    first, second = join("/tv/A"), join("/tv/B")
    join("/tv/A")

    assert queue.next(idle) is first
    queue.remove(first)
    assert queue.next(idle) is second


def test_next_job_can_be_joined_until_it_is_removed(queue: FolderQueue, join: Join) -> None:
    """The next job stays queued, and can be joined, until it is removed."""
    job = join("/tv/A")

    assert queue.next(idle) is job
    assert join("/tv/A") is job


def test_request_during_a_scan_is_queued_again(queue: FolderQueue, join: Join) -> None:
    """A request for a folder that is being scanned is queued again."""
    running = join("/tv/A")
    queue.remove(running)

    again = join("/tv/A")

    assert again is not running
    assert queue.next(idle) is again


def test_jobs_of_a_busy_library_are_skipped(queue: FolderQueue, join: Join) -> None:
    """A library that is being scanned does not delay others; its jobs have the reason for waiting."""
    busy, free = join("/tv/A", 1), join("/tv/A", 2)

    assert queue.next(lambda library: library == 1) is free
    assert (busy.waits_for_library, free.waits_for_library) == (True, False)
    assert queue.next(lambda _library: True) is None
    assert queue.next(idle) is busy
    assert not busy.waits_for_library


def test_empty_queue_has_no_next_job(queue: FolderQueue) -> None:
    """An empty queue has no next job."""
    assert queue.next(idle) is None


def test_job_can_be_removed_twice(queue: FolderQueue, join: Join) -> None:
    """A job that is no longer needed is removed; removing it again has no effect."""
    job = join("/tv/A")

    queue.remove(job)
    queue.remove(job)

    assert len(queue) == 0


def test_delayed_job_is_skipped_until_it_is_resumed(queue: FolderQueue, join: Join) -> None:
    """A folder that waits for its next attempt does not delay others and is not scanned before it is resumed."""
    first, *others = [join(f"/tv/Show/Season {number}") for number in range(3)]
    queue.remove(first)
    first.attempts = 1
    queue.requeue(first)

    assert queue.is_postponed(first)
    for other in others:
        assert queue.next(idle) is other
        queue.remove(other)
    assert queue.next(idle) is None
    assert not queue.ready
    queue.resume(first)
    assert queue.next(idle) is first


def test_job_that_joins_a_retry_counts_its_own_attempts(queue: FolderQueue, join: Join) -> None:
    """A job joined after a failed attempt shares the next one, but counts its own attempts."""
    first = join("/tv/A")
    queue.remove(first)
    first.attempts = 3
    queue.requeue(first)

    late, later = join("/tv/A"), join("/tv/A")

    assert late is later
    assert late is not first
    queue.resume(first)
    assert list(first.all_jobs()) == [first, late]
    queue.remove(first)
    assert len(queue) == 0


def test_failed_job_is_retried_with_jobs_queued_during_its_scan(queue: FolderQueue, join: Join) -> None:
    """A failed scan is retried together with the jobs that were queued while it ran, and delays them."""
    released: list[str] = []
    running = join("/tv/A")
    queue.remove(running)
    waiting = join("/tv/A")
    waiting.waiting.append(Waiter(still_needed=needed, release_slot=lambda: released.append("released")))

    queue.requeue(running)

    assert list(waiting.all_jobs()) == [waiting, running]
    assert queue.is_postponed(waiting)
    assert released == ["released"]


@pytest.mark.parametrize(
    ("scanned", "folder", "covers"),
    [
        ("/tv/Show", "/tv/Show/Season 1", True),
        ("/tv/Show", "/tv/Show", True),
        ("/tv/Show/Season 1", "/tv/Show", False),
        ("/tv/Show", "/tv/Show 2", False),
        (None, "/tv/Show", True),
        ("/tv", None, False),
        (None, None, True),
    ],
)
def test_scan_covers_its_folder_and_everything_below(
    join: Join, scanned: str | None, folder: str | None, covers: bool
) -> None:
    """A scan reads its folder and everything below it."""
    assert join(scanned).covers(clean(folder) if folder else None) is covers


async def needed() -> bool:
    """Return that the scan is needed."""
    return True


def test_removing_a_job_keeps_a_newer_job_for_its_folder(queue: FolderQueue, join: Join) -> None:
    """A folder can be requested again after its job was removed and before that job has failed."""
    older = join("/tv/Show")
    queue.remove(older)
    newer = join("/tv/Show")

    queue.remove(older)

    assert queue.next(idle) is newer
