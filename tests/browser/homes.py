"""The Home Assistants that the tests look at, each a process that describes itself in a file once it is up."""

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
from typing import Any

CHECKOUT = Path(__file__).parents[2]
START_SECONDS = 300.0


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
def running(folder: Path, module: str, *arguments: str, known: str = "") -> Iterator[dict[str, Any]]:
    """Start a module that writes its details; end it on the way out. `known` are the details of one that is running."""
    if known:
        yield json.loads(Path(known).read_text(encoding="utf-8"))
        return
    folder.mkdir()
    details, log = folder / "details.json", folder / "output.log"
    command = (sys.executable, "-m", module, *arguments, "--details", str(details))
    plain = {name: value for name, value in os.environ.items() if name not in {"PLEX_URL", "PLEX_TOKEN", "PORT"}}
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 - a module of this checkout
            command, cwd=CHECKOUT, env=plain, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
        )
    try:
        yield _wait_for(process, details, log)
    finally:
        process.terminate()
        process.wait(60)


def _wait_for(process: subprocess.Popen[bytes], details: Path, log: Path) -> dict[str, Any]:
    deadline, pause = monotonic() + START_SECONDS, Event()
    while not details.exists() or not details.read_text(encoding="utf-8").endswith("}"):
        if process.poll() is not None or monotonic() > deadline:
            message = f"it did not start:\n{log.read_text(encoding='utf-8')}"
            raise RuntimeError(message)
        pause.wait(0.2)
    found: dict[str, Any] = json.loads(details.read_text(encoding="utf-8"))
    return found
