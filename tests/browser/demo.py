"""The demo as a process: its Home Assistant, its fake Plex, and what opens them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
import json
import os
from pathlib import Path
import subprocess
import sys
from threading import Event
from time import monotonic

CHECKOUT = Path(__file__).parents[2]
START_SECONDS = 240.0


@dataclass(frozen=True)
class Demo:
    """A running demo, as it describes itself."""

    url: str
    user: str
    password: str = field(repr=False)
    token: str = field(repr=False)
    plex: str
    dashboard: str
    folder: str


@contextmanager
def running(log: Path, details: Path) -> Iterator[Demo]:
    """Start a demo and end it on the way out; DEMO_DETAILS names the file of one that is running already."""
    if known := os.environ.get("DEMO_DETAILS"):
        yield Demo(**json.loads(Path(known).read_text(encoding="utf-8")))
        return
    command = (sys.executable, "-m", "tests.e2e.demo", "--temporary", "--details", str(details))
    plain = {name: value for name, value in os.environ.items() if name not in {"PLEX_URL", "PLEX_TOKEN", "PORT"}}
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 - the demo of this checkout
            command, cwd=CHECKOUT, env=plain, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
        )
    try:
        yield _started(process, log, details)
    finally:
        process.terminate()
        process.wait(60)


def _started(process: subprocess.Popen[bytes], log: Path, details: Path) -> Demo:
    deadline, pause = monotonic() + START_SECONDS, Event()
    while not details.exists() or not details.read_text(encoding="utf-8").endswith("}"):
        if process.poll() is not None or monotonic() > deadline:
            message = f"the demo did not start:\n{log.read_text(encoding='utf-8')}"
            raise RuntimeError(message)
        pause.wait(0.2)
    return Demo(**json.loads(details.read_text(encoding="utf-8")))
