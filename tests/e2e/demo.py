"""`scripts/demo`: demonstrates the integration from a checkout."""

import argparse
import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
import fcntl
import json
import os
from pathlib import Path
import shutil
import signal
import sys
from tempfile import TemporaryDirectory

import aiohttp

from tests.e2e.console import Console
from tests.e2e.plex import PlexServer
from tests.e2e.processes import EndToEndError, free_port, tail
from tests.e2e.story import Stage, with_fake_plex, with_real_plex

CHECKOUT = Path(__file__).parents[2]
DEMO_FOLDER = CHECKOUT / ".demo"
LOGS = ("home-assistant/console.log", "fake-plex.log", "fake-plex-tv.log", "fake-sonarr.log")
ENDING_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True)
class Options:
    """What the caller wants."""

    once: bool
    port: int
    plex: PlexServer | None
    paths: list[str]
    scan: bool
    details: Path | None
    temporary: bool


def parse(arguments: list[str]) -> Options:
    """Read the command line and the environment."""
    parser = argparse.ArgumentParser(
        prog="scripts/demo",
        description="Start a simulated Plex server and a real Home Assistant, scan a new episode and show the result.",
        epilog="To use a real Plex server instead, set the environment variables PLEX_URL and PLEX_TOKEN. "
        "Nothing is scanned on this server unless you use --scan.",
    )
    add = parser.add_argument
    add("--once", action="store_true", help="end automatically; the exit code is 0 if everything worked")
    add(
        "--port",
        type=int,
        default=os.environ.get("PORT") or 0,
        help="port of Home Assistant (default: PORT, or a free port)",
    )
    add("--path", action="append", default=[], help="path to resolve on a real Plex server (default: its first folder)")
    add("--scan", action="store_true", help="scan the paths on a real Plex server")
    add("--details", type=Path, help="file for the URL, user name and password, written when everything is running")
    add(
        "--temporary",
        action="store_true",
        help="use a temporary folder instead of .demo, so that several demos can run",
    )
    given = parser.parse_args(arguments)
    url, token = os.environ.get("PLEX_URL", ""), os.environ.get("PLEX_TOKEN", "")
    if bool(url) != bool(token):
        parser.error("set both PLEX_URL and PLEX_TOKEN")
    if not url and (given.path or given.scan):
        parser.error("--path and --scan require a real Plex server: set PLEX_URL and PLEX_TOKEN")
    plex = PlexServer(url.rstrip("/"), token) if url else None
    return Options(given.once, given.port or free_port(), plex, given.path, given.scan, given.details, given.temporary)


@contextmanager
def working_folder(*, temporary: bool) -> Iterator[Path]:
    """Return an empty folder: a temporary one, or `.demo`, which is kept."""
    if temporary:
        with TemporaryDirectory(prefix="plex-smart-scan-demo-", ignore_cleanup_errors=True) as name:
            yield Path(name)
        return
    DEMO_FOLDER.mkdir(exist_ok=True)
    with (DEMO_FOLDER / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            message = "another demo is using the folder .demo. Stop it first, or use --temporary"
            raise EndToEndError(message) from None
        for old in DEMO_FOLDER.iterdir():
            if old.is_dir():
                shutil.rmtree(old)
        for log in DEMO_FOLDER.glob("*.log"):
            log.unlink()
        yield DEMO_FOLDER


def show_logs(console: Console, folder: Path) -> None:
    """Show the end of what the processes wrote."""
    for name in LOGS:
        if (log := folder / name).exists():
            console.log(name, tail(log))


async def play(options: Options, console: Console, folder: Path) -> None:
    """Run the demo. Without `once`, keep running until it is stopped."""
    async with aiohttp.ClientSession() as session:
        stage = Stage(console, session, folder, options.port)
        story = (
            with_real_plex(stage, options.plex, options.paths, scan=options.scan)
            if options.plex
            else with_fake_plex(stage)
        )
        async with story as address:
            console.step("The dashboard")
            console.line(address)
            console.good("\nEverything worked.")
            if options.details:
                options.details.write_text(json.dumps(stage.details | {"dashboard": address}), encoding="utf-8")
            if not options.once:
                console.line("Log in with the user name and password above. Press Ctrl-C to stop the demo.")
                if not options.plex:
                    console.line("To try the sign-in: Settings > Devices & services > Plex Smart Scan > Reconfigure.")
                with suppress(asyncio.CancelledError):
                    await asyncio.Event().wait()


async def run(options: Options, console: Console) -> None:
    """Run the demo and end all started processes on exit, also after a signal."""
    playing = asyncio.current_task()
    assert playing
    loop = asyncio.get_running_loop()
    for number in ENDING_SIGNALS:
        # Once only: the clean-up must not be cancelled by an impatient second Ctrl-C.
        loop.add_signal_handler(number, lambda: playing.cancelling() or playing.cancel())
    # A real server's token must not stay behind.
    with working_folder(temporary=options.once or options.temporary or options.plex is not None) as folder:
        try:
            await play(options, console, folder)
        except EndToEndError, aiohttp.ClientError:
            show_logs(console, folder)
            raise


def main() -> int:
    """Return the exit code: 0 if everything worked."""
    options = parse(sys.argv[1:])
    console = Console(sys.stdout)
    try:
        asyncio.run(run(options, console))
    except asyncio.CancelledError:
        console.bad("\nInterrupted.")
        return 130
    except (EndToEndError, aiohttp.ClientError, TimeoutError) as err:
        console.bad(f"\nFailed: {err}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
