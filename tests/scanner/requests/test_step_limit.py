"""Steps that change nothing must not block the event loop: the other requests are still processed."""

import asyncio
from pathlib import Path

import pytest

from custom_components.plex_smart_scan.scanner.models import Outcome
from custom_components.plex_smart_scan.scanner.requests.decision.step_types import CheckMount, Step
from custom_components.plex_smart_scan.scanner.requests.execution import loop
from tests.fake_plex import samples
from tests.scanner.conftest import WAIT_LIMIT, MakeBench, NoPausesClock


async def test_endless_step_pauses_and_is_logged_once(
    tv: Path, make_bench: MakeBench, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The request ends when its decision is another one; until then it neither blocks the loop nor fills the log."""

    def decide_to_check(*_: object) -> Step:
        return CheckMount()

    async def check_nothing(*_: object) -> None:
        """Change nothing, without an `await`."""

    bench = await make_bench(clock=NoPausesClock())
    with monkeypatch.context() as patch:
        patch.setattr(loop, "decide", decide_to_check)
        patch.setattr(loop, "update_mount", check_nothing)
        episode = samples.add_episode(tv, "Dark", 1, 1)
        (pending,) = await bench.engine.submit([bench.request(episode)], durable=False)
        async with asyncio.timeout(WAIT_LIMIT):
            await bench.until(lambda: "without an end" in caplog.text)

    assert (await bench.engine.wait(pending, WAIT_LIMIT)).outcome is Outcome.ADDED
    assert caplog.text.count("The step CheckMount() is repeated without an end") == 1
