"""Each kind of fault at each stage: what is said while it lasts, and that the request is done once it is over."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
import ssl

import pytest

from custom_components.plex_smart_scan.scanner.models import Outcome, Reason, ScanResult
from custom_components.plex_smart_scan.scanner.plex.availability import ConnectionState
from tests.fake_plex.certificates import self_signed_context
from tests.scanner.conftest import PATIENCE

from .kinds import KINDS, SLOW
from .matrix import ENDS_WITH_TIME, OUTCOMES, UPDATED, WAITS, WAITS_FOR_TOKEN, WIDER
from .scene import Scene, Setting, make_scene
from .stages import APPROACHES, Stage, during_the_scan

PRESENT = {Outcome.ADDED, Outcome.UPDATED, Outcome.UP_TO_DATE}


@dataclass(frozen=True, slots=True)
class Observed:
    """What was seen in one cell."""

    during: str
    after: str
    untrue: tuple[str, ...] = ()


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, ssl.SSLContext], Path]:
    """Return the certificates that a server may present, and the file with which they are verified."""
    folder = tmp_path_factory.mktemp("certificates")
    wanted = {
        "good": {"host": "plex.invalid"},
        "expired": {"days": (-3, -1)},
        "other": {"host": "other.invalid", "address": False},
    }
    contexts, bundle = {}, folder / "bundle.pem"
    for name, fields in wanted.items():
        (folder / name).mkdir()
        contexts[name] = self_signed_context(folder / name, **fields)  # type: ignore[arg-type]
    bundle.write_text("".join((folder / name / "certificate.pem").read_text() for name in wanted))
    return contexts, bundle


@pytest.mark.timeout(180)
@pytest.mark.parametrize("kind", KINDS)
async def test_kind(
    kind: str,
    socket_enabled: None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    certificates: tuple[dict[str, ssl.SSLContext], Path],
) -> None:
    """One row: its stages run side by side, each with a server and an engine of its own."""
    contexts, bundle = certificates
    asyncio.get_running_loop().set_debug(False)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(bundle))
    given = contexts if KINDS[kind].tls else {}
    found = await asyncio.gather(*(_observe(kind, stage, tmp_path, given) for stage in Stage))

    assert dict(zip(Stage, found, strict=True)) == {stage: _stated(kind, stage) for stage in Stage}


def _stated(kind: str, stage: Stage) -> Observed:
    during = OUTCOMES[kind][stage]
    after = "done by itself" if during in {WAITS, WAITS_FOR_TOKEN} else "done by the next request"
    return Observed(during, after)


async def _observe(kind: str, stage: Stage, folder: Path, certificates: Mapping[str, ssl.SSLContext]) -> Observed:
    approach, fault = APPROACHES[stage], KINDS[kind]
    (folder := folder / stage).mkdir()
    setting = Setting(
        websocket=approach.websocket,
        validation=1.0 if OUTCOMES[kind][stage] in ENDS_WITH_TIME else 60.0,
        timeout=fault.timeout,
        certificates=certificates,
    )
    async with make_scene(folder, setting) as scene:
        scene.path = approach.prepare(scene)
        if approach.during:
            scene.plex.hold_walking()
            scene.beside = asyncio.create_task(during_the_scan(scene, fault.begin, approach.pattern(scene)))
        else:
            await fault.begin(scene, approach.pattern(scene))
        (pending,) = await scene.bench.engine.submit([scene.bench.request(scene.path)], durable=True)
        during = await scene.settled(pending)
        untrue = _untrue(scene, kind, stage, during)

        await fault.mend(scene)
        engine = scene.bench.engine
        if during.reason is Reason.NOT_AUTHORIZED:
            engine.availability.go_online()  # as after a new token
        engine.availability.hurry()
        given_up = pending.result is not None
        after = await (scene.bench.scan(scene.path) if given_up else engine.wait(pending, PATIENCE))
        untrue += () if _is_true(scene, after) and after.outcome in PRESENT else (f"then {after.outcome}",)
        untrue += () if engine.pending == 0 else ("something is left",)
    words = f"{during.outcome} {during.reason}" if during.reason else str(during.outcome)
    return Observed(words, "done by the next request" if given_up else "done by itself", untrue)


def _untrue(scene: Scene, kind: str, stage: Stage, during: ScanResult) -> tuple[str, ...]:
    """Return what must not be, whatever the fault."""
    found = () if _is_true(scene, during) else (str(during.outcome),)
    if set(scene.bench.refreshed) - {str(scene.path.parent)} and (kind, stage) not in WIDER:
        found += ("a wider scan",)
    states = [state for state, _error in scene.bench.links]
    waits = OUTCOMES[kind][stage] in {WAITS, WAITS_FOR_TOKEN}
    if KINDS[kind].timeout != SLOW and states.count(ConnectionState.ONLINE) + len(states) != waits:
        found += (f"told {states}",)  # one line for an outage, and none without one
    return found


def _is_true(scene: Scene, result: ScanResult) -> bool:
    """Whether what a result claims is so on the server."""
    if scene.path.suffix == ".srt":
        return str(result.outcome) != UPDATED or scene.plex.stats.count("/library/metadata/*/refresh") > 0
    part = scene.plex.part(str(scene.path))
    listed = part is not None and not part.deleted_at and part.size == scene.path.stat().st_size
    return listed or result.outcome not in PRESENT
