"""Run the fake on its own: `python -m tests.fake_plex --library "TV Shows=show=/data/tv=./real/tv"`."""

import argparse
import asyncio
from collections.abc import Sequence
import contextlib
import json
from pathlib import Path
import signal
import sys

from tests.fake_plex.quirks import Quirks, Timings
from tests.fake_plex.server import MACHINE_IDENTIFIER, FakePlex


def parse_arguments(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.fake_plex", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1; 0 takes a free one")
    parser.add_argument("--token", default="server-token", help="the owner's token")
    parser.add_argument("--shared-token", default="shared-token", help="the token of a user without admin rights")
    parser.add_argument("--name", default="Living room", help="friendly name")
    parser.add_argument("--machine-identifier", default=MACHINE_IDENTIFIER)
    parser.add_argument(
        "--library",
        action="append",
        default=[],
        metavar="TITLE=TYPE=PLEX_PATH=REAL_FOLDER",
        help="a library (movie, show, artist, photo); repeat it with the same title for more locations",
    )
    parser.add_argument("--seed", action="store_true", help="scan everything before listening")
    parser.add_argument("--profile", choices=("fast", "realistic"), default="realistic", help="pace of the phases")
    parser.add_argument(
        "--quirk", action="append", default=[], metavar="NAME=VALUE", help="switch a quirk (JSON value)"
    )
    return parser.parse_args(arguments)


def build(options: argparse.Namespace) -> FakePlex:
    """Create the server that the command line describes."""
    plex = FakePlex(
        token=options.token,
        shared_token=options.shared_token,
        friendly_name=options.name,
        machine_identifier=options.machine_identifier,
        quirks=Quirks(**{name: json.loads(value) for name, _, value in (q.partition("=") for q in options.quirk)}),
        timings=Timings.realistic() if options.profile == "realistic" else Timings(),
    )
    libraries: dict[str, tuple[str, dict[str, Path]]] = {}
    for text in options.library:
        title, library_type, path, real = text.split("=", 3)
        libraries.setdefault(title, (library_type, {}))[1][path] = Path(real)
    for title, (library_type, locations) in libraries.items():
        plex.add_library(title, library_type, locations)
    if options.seed:
        plex.seed()
    return plex


async def serve(options: argparse.Namespace) -> None:
    """Serve until the process is terminated."""
    plex = build(options)
    await plex.start(options.port)
    ready = {"url": plex.url, "token": plex.token, "machine_identifier": plex.machine_identifier}
    sys.stdout.write(json.dumps(ready) + "\n")
    sys.stdout.flush()
    ended = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    await ended.wait()
    await plex.stop()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve(parse_arguments()))
