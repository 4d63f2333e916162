"""Run the simulated program separately: `python -m tests.fake_arr --program sonarr --root-folder /data/tv`."""

import argparse
import asyncio
import contextlib
import json
import signal
import sys

from tests.fake_arr.programs import PROGRAMS, Kind
from tests.fake_arr.server import API_KEY, FakeArr


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.fake_arr", description=__doc__)
    parser.add_argument("--program", type=Kind, default=Kind.SONARR, choices=list(Kind))
    parser.add_argument("--version", default="", help="default: the newest one that is known")
    parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1; 0 takes a free one")
    parser.add_argument("--api-key", default=API_KEY)
    parser.add_argument("--root-folder", action="append", default=[])
    return parser.parse_args()


async def serve(options: argparse.Namespace) -> None:
    """Listen until the process is terminated."""
    arr = FakeArr(PROGRAMS[options.program], options.version, api_key=options.api_key)
    arr.shelf.root_folders += options.root_folder
    await arr.start(options.port)
    sys.stdout.write(json.dumps({"url": arr.url, "api_key": arr.api_key}) + "\n")
    sys.stdout.flush()
    ended = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    await ended.wait()
    await arr.stop()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve(parse_arguments()))
