"""Run the benchmarks: `python -m benchmarks`, `python -m benchmarks resolve burst`, `python -m benchmarks --list`."""

import argparse
import asyncio
from collections.abc import AsyncIterator, Callable
import os
from pathlib import Path
import platform
import tempfile

from . import accepted, burst, compare, endurance, journal, large_burst, late_listing, lookup, one_file, resolve
from .table import Table

type Benchmark = Callable[[Path, int], AsyncIterator[Table]]

ALL: dict[str, Benchmark] = {
    "resolve": resolve.run,
    "lookup": lookup.run,
    "one_file": one_file.run,
    "late_listing": late_listing.run,
    "compare": compare.run,
    "burst": burst.run,
    "large_burst": large_burst.run,
    "accepted": accepted.run,
    "journal": journal.run,
    "endurance": endurance.run,
}


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[[], *ALL], help="the benchmarks to run (default: all)")
    parser.add_argument("--list", action="store_true", help="list the benchmarks and exit")
    parser.add_argument(
        "--files", type=int, default=100_000, help="number of files in the large library (default: %(default)s)"
    )
    parser.add_argument("--folder", type=Path, help="folder for the libraries (default: a temporary folder)")
    return parser.parse_args()


async def main(options: argparse.Namespace) -> None:
    """Run the selected benchmarks, and print each table when it is complete."""
    print(f"Python {platform.python_version()}, {os.cpu_count()} processors, {platform.system()}\n")
    with tempfile.TemporaryDirectory(prefix="benchmarks-") as temporary:
        folder = options.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        for name in options.names or ALL:
            async for table in ALL[name](folder, options.files):
                print(table, flush=True)


if __name__ == "__main__":
    choice = arguments()
    if choice.list:
        for each, benchmark in ALL.items():
            print(f"{each:10} {benchmark.__doc__}")
    else:
        asyncio.run(main(choice))
