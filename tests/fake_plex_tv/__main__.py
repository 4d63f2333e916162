"""Run the simulated plex.tv: `python -m tests.fake_plex_tv --account owner --server "NAME=IDENTIFIER=URL"`."""

import argparse
import asyncio
from collections.abc import Sequence
import contextlib
import json
import signal
import sys

from yarl import URL

from tests.fake_plex_tv.models import Connection, Resource
from tests.fake_plex_tv.server import FakePlexTv


def parse_arguments(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.fake_plex_tv", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1; 0 takes a free one")
    parser.add_argument("--account", required=True, help="the account that owns the servers")
    parser.add_argument("--token", help="the token to hand out, for servers that know no other")
    parser.add_argument(
        "--server",
        action="append",
        default=[],
        metavar="NAME=IDENTIFIER=URL",
        help="a server of the account, with its machine identifier; repeat it for more",
    )
    return parser.parse_args(arguments)


def build(options: argparse.Namespace) -> FakePlexTv:
    """Create the plex.tv described by the command line."""
    plex_tv = FakePlexTv(fixed_token=options.token)
    account = plex_tv.add_account(options.account)
    for text in options.server:
        name, identifier, address = text.split("=", 2)
        url = URL(address)
        # Listed as it is: the plex.direct name of an address would be looked up in the internet.
        connections = [Connection(url.host or "", url.port or 32400, str(url.origin()))]
        plex_tv.add_resource(Resource(identifier, name, account, connections))
    return plex_tv


async def serve(options: argparse.Namespace) -> None:
    """Listen until the process is terminated."""
    plex_tv = build(options)
    await plex_tv.start(options.port)
    sys.stdout.write(json.dumps({"url": plex_tv.url, "auth": plex_tv.auth_url, "link": plex_tv.link_url}) + "\n")
    sys.stdout.flush()
    ended = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    await ended.wait()
    await plex_tv.stop()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve(parse_arguments()))
