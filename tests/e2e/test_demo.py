"""The demo, played through once, as a test of the whole from outside."""

import asyncio
from pathlib import Path
import sys

import pytest

from tests.e2e.home_assistant import CHECKOUT
from tests.e2e.processes import ending, start, tail


@pytest.mark.timeout(300)
async def test_demo(tmp_path: Path) -> None:
    """`scripts/demo --once` finds everything as it should be."""
    demo = await start(
        "The demo",
        *(sys.executable, "-m", "tests.e2e.demo", "--once"),
        log=tmp_path / "demo.log",
        cwd=CHECKOUT,
        **dict.fromkeys(("PLEX_URL", "PLEX_TOKEN", "PORT"), ""),
    )
    async with ending(demo), asyncio.timeout(240):
        exit_code = await demo.process.wait()
    assert exit_code == 0, tail(demo.log, 100)
