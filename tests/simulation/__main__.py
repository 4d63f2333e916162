"""Run histories by hand: `scripts/simulate --histories 1000 --seed 0`."""

import argparse
from collections.abc import Generator
from contextlib import closing
from multiprocessing import get_context
from statistics import median
import sys
from time import monotonic

from tests.simulation.history import Report, run_history

_TELL_EVERY = 1000  # histories


def main() -> int:
    """Run the histories that the arguments name; returns 1 if a law was broken in one of them."""
    parser = argparse.ArgumentParser(prog="scripts/simulate", description="Test the engine with random histories.")
    parser.add_argument("--histories", type=int, default=1000, help="number of histories (default: %(default)s)")
    parser.add_argument(
        "--seed",
        type=int,
        default=0,
        help="seed of the first history; the next histories use the next numbers (default: 0)",
    )
    parser.add_argument("--jobs", type=int, default=1, help="number of processes (default: 1)")
    parser.add_argument("--seconds", type=float, default=float("inf"), help="stop after this number of seconds")
    parser.add_argument("--show", action="store_true", help="print all histories, not only those that fail")
    arguments = parser.parse_args()
    begin, done, failed, results, virtual = monotonic(), 0, [], 0, 0.0
    delays: dict[bool, list[float]] = {False: [], True: []}
    seeds = range(arguments.seed, arguments.seed + arguments.histories)
    with closing(_reports(seeds, arguments.jobs)) as reports:
        for report in reports:
            done, results, virtual = done + 1, results + report.results, virtual + report.virtual_seconds
            delays[report.relaxed] += report.delays
            if report.broken:
                failed.append(report.seed)
            if report.broken or arguments.show:
                _tell(report)
            if done % _TELL_EVERY == 0:
                _tell(f"{done} histories, {len(failed)} failed, {monotonic() - begin:.0f} s")
            if monotonic() - begin > arguments.seconds:
                break
    seconds = monotonic() - begin
    days, pace = virtual / 86400, done / seconds * 60
    _tell(f"{done} histories of {days:.0f} days with {results} results in {seconds:.0f} s ({pace:.0f} a minute)")
    _tell(f"from the proof in Plex to the result: {_describe(delays[False])}")
    _tell(f"the same with longer pauses between look-ups: {_describe(delays[True])}")
    _tell(f"failed: {failed or 'none'}")
    return bool(failed)


def _describe(delays: list[float]) -> str:
    """Return the distribution of delays in seconds, as text."""
    if not delays:
        return "no results"
    ordered = sorted(delays)
    most = ordered[min(int(len(ordered) * 0.99), len(ordered) - 1)]
    return f"median {median(ordered):.2f} s, 99 % within {most:.2f} s, all within {ordered[-1]:.2f} s ({len(ordered)})"


def _tell(text: object) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _reports(seeds: range, jobs: int) -> Generator[Report]:
    """Run histories, in processes of their own if there are several at once."""
    if jobs == 1:
        yield from map(run_history, seeds)
        return
    with get_context("spawn").Pool(jobs) as pool:
        yield from pool.imap(run_history, seeds, chunksize=10)


if __name__ == "__main__":
    sys.exit(main())
