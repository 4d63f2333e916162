"""Each kind of fault at each stage: what is said while it lasts, and that the request is done once it is over."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
import ssl

import pytest

from custom_components.plex_smart_scan.scanner.journal.database import JournalError
from custom_components.plex_smart_scan.scanner.models import Outcome, Reason, ScanResult
from custom_components.plex_smart_scan.scanner.plex.server_availability import ConnectionState
from custom_components.plex_smart_scan.scanner.requests.pending import PendingRequest
from tests.fake_plex.certificates import self_signed_context
from tests.scanner.conftest import WAIT_LIMIT

from .kinds import KINDS, SLOW
from .matrix import (
    BUSY,
    CANNOT_OCCUR,
    KILLED,
    NOT_ACCEPTED,
    OUTCOMES,
    PENDING,
    UPDATED,
    WAITS,
    WAITS_FOR_TOKEN,
    WIDER,
    validation_of,
)
from .scene import Scene, Setting, Stage, make_scene
from .stages import APPROACHES, during_the_scan

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
    stages = [stage for stage in Stage if OUTCOMES[kind][stage] != CANNOT_OCCUR]
    cells = (_observe(kind, stage, tmp_path, given) for stage in stages)
    found = await asyncio.gather(*cells, return_exceptions=True)

    assert dict(zip(stages, found, strict=True)) == {stage: _stated(kind, stage) for stage in stages}


@pytest.mark.parametrize("kind", KINDS)
def test_every_cell_is_stated(kind: str) -> None:
    """A fault that cannot occur at a stage is one of another stage alone, or the stage asks Plex for nothing."""
    for stage in Stage:
        occurs = stage is KINDS[kind].only if KINDS[kind].only else stage not in KINDS[kind].never
        assert (OUTCOMES[kind][stage] != CANNOT_OCCUR) is occurs
    assert set(OUTCOMES) == set(KINDS)


def _stated(kind: str, stage: Stage) -> Observed:
    during = OUTCOMES[kind][stage]
    return Observed(during, "done by itself" if during in PENDING else "done by the next request")


async def _observe(kind: str, stage: Stage, folder: Path, certificates: Mapping[str, ssl.SSLContext]) -> Observed:
    approach, fault = APPROACHES[stage], KINDS[kind]
    (folder := folder / stage).mkdir()
    setting = Setting(
        websocket=approach.websocket,
        validation=validation_of(kind, stage),
        timeout=fault.timeout,
        certificates=certificates,
    )
    async with make_scene(folder, setting) as scene:
        scene.path = approach.prepare(scene)
        if approach.during and fault.only is None:
            scene.plex.hold_walking()
            scene.beside = asyncio.create_task(during_the_scan(scene, fault.begin, approach.pattern(scene)))
        else:
            await fault.begin(scene, approach.pattern(scene))
        during, pending = await _during(scene)
        untrue = _untrue(scene, kind, stage, during)
        await fault.mend(scene)
        after = await _after(scene, pending)
        untrue += () if _is_true(scene, after) and after.outcome in PRESENT else (f"then {after.outcome}",)
        untrue += () if scene.bench.engine.pending == 0 else ("something is left",)
    given_up = during not in PENDING
    return Observed(during, "done by the next request" if given_up else "done by itself", untrue)


async def _during(scene: Scene) -> tuple[str, PendingRequest | None]:
    """Return what is said while the fault lasts, and the request if it is kept."""
    try:
        (pending,) = await scene.bench.engine.submit([scene.bench.request(scene.path)], durable=True)
        scene.accepted.set()
        result = await scene.settled(pending)
    except JournalError:
        return KILLED if scene.left else NOT_ACCEPTED, None
    if scene.left:
        return KILLED, None
    return f"{result.outcome} {result.reason}" if result.reason else str(result.outcome), pending


async def _after(scene: Scene, pending: PendingRequest | None) -> ScanResult:
    """Return the result of the request that waited, or of the next one for the path."""
    engine = scene.bench.engine
    if scene.left:
        await scene.bench.until_done()
        return scene.bench.results[-1]
    if pending is None or pending.result is not None:
        return await scene.bench.scan(scene.path)
    if engine.availability.reason is Reason.NOT_AUTHORIZED:
        engine.availability.confirm_authorized()  # as after a new token
    engine.availability.probe_now()
    return await engine.wait(pending, WAIT_LIMIT)


def _untrue(scene: Scene, kind: str, stage: Stage, during: str) -> tuple[str, ...]:
    """Return what must not be, whatever the fault."""
    found: tuple[str, ...] = () if all(_is_true(scene, each) for each in scene.bench.results) else (during,)
    if set(scene.bench.refreshed) - {str(scene.path.parent)} and (kind, stage) not in WIDER:
        found += ("a wider scan",)
    # That another server answers is told again in the middle of an outage.
    states = [state for state, _links in groupby(state for state, _error in scene.bench.links)]
    expected = [ConnectionState.OFFLINE] * (during == WAITS) + [ConnectionState.UNAUTHORIZED] * (
        during == WAITS_FOR_TOKEN
    )
    if KINDS[kind].timeout != SLOW and kind not in BUSY and states != expected:
        found += (f"told {states}",)  # one line for an outage, and none without one
    return found


def _is_true(scene: Scene, result: ScanResult) -> bool:
    """Whether what a result claims is so on the server."""
    if scene.path.suffix == ".srt":
        return str(result.outcome) != UPDATED or scene.plex.stats.count("/library/metadata/*/refresh") > 0
    part = scene.plex.part(str(scene.path))
    listed = part is not None and not part.deleted_at and part.size == scene.path.stat().st_size
    return listed or result.outcome not in PRESENT
