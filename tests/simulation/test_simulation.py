"""Random but reproducible histories: the engine breaks no law.

`scripts/simulate` runs more of them. The seed of a history that failed is added to `REGRESSIONS` when it is fixed.
"""

from collections.abc import Iterator
from multiprocessing import get_context
from multiprocessing.pool import Pool
from typing import Final

import pytest

from tests.simulation.history import Report, run_history

HISTORIES: Final = 2000
CHUNK: Final = 100  # histories
JOBS: Final = 2
# Histories in which the engine broke a law. A change of what is drawn makes others of them: each fault has a test of
# its own in tests/scanner.
REGRESSIONS: Final = (
    4001895,
    4003677,
    2002087,
    2006119,
    1000064,
    1000123,
    1001120,
    1002226,
    1002503,
    1002835,
    1005049,
    1005399,
    60410818,
    60419046,
    60415133,
    60412378,
    60409070,
    60421169,
    60426087,
    60445533,
    60452902,
    60463294,
    60634000,
    60639367,
    60646410,
    60634175,
    60739441,
    60741738,
    60751788,
    60752852,
    60813615,
    60835713,
)


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    """Return a pool of processes that run histories concurrently, since a history uses one core."""
    with get_context("spawn").Pool(JOBS) as processes:
        yield processes


@pytest.mark.timeout(120)
@pytest.mark.parametrize("first", range(0, HISTORIES, CHUNK))
def test_random_history_breaks_no_law(pool: Pool, first: int) -> None:
    """All laws hold: no accepted request is lost, every result is correct, and all requests end."""
    reports = pool.map(run_history, range(first, first + CHUNK), chunksize=5)

    assert_no_law_broken(reports)
    assert sum(report.results for report in reports) > CHUNK


@pytest.mark.timeout(120)
def test_history_that_broke_a_law_before_breaks_none(pool: Pool) -> None:
    """Histories in which a fixed bug broke a law break none."""
    assert_no_law_broken(pool.map(run_history, REGRESSIONS, chunksize=1))


def test_history_is_replayed_exactly() -> None:
    """Two runs with one seed are the same history, line by line."""
    assert str(run_history(3)) == str(run_history(3))


def assert_no_law_broken(reports: list[Report]) -> None:
    """Fail with the first history in which a law was broken, and the seeds of all of them."""
    failed = [report for report in reports if report.broken]
    seeds = [report.seed for report in failed]
    assert not failed, f"seeds {seeds}, replay with: scripts/simulate --histories 1 --seed {seeds[0]}\n{failed[0]}"
