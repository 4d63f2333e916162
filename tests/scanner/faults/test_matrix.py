"""Each kind of fault at each stage: the result during the fault, and the result after it."""

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
from .stages import STAGE_SETUPS, begin_during_the_scan

PRESENT = {Outcome.ADDED, Outcome.UPDATED, Outcome.UP_TO_DATE}


@dataclass(frozen=True, slots=True)
class Observed:
    """The observations in one cell."""

    during: str
    after: str
    violations: tuple[str, ...] = ()


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, ssl.SSLContext], Path]:
    """Return the certificates that a server can present, and the file that they are verified with."""
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
async def test_requests_are_finished_after_the_fault(
    kind: str,
    socket_enabled: None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    certificates: tuple[dict[str, ssl.SSLContext], Path],
) -> None:
    """Test one row: its stages run concurrently, each with its own server and engine."""
    contexts, bundle = certificates
    asyncio.get_running_loop().set_debug(False)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(bundle))
    given = contexts if KINDS[kind].tls else {}
    stages = [stage for stage in Stage if OUTCOMES[kind][stage] != CANNOT_OCCUR]
    cells = (_observe(kind, stage, tmp_path, given) for stage in stages)
    found = await asyncio.gather(*cells, return_exceptions=True)

    assert dict(zip(stages, found, strict=True)) == {stage: _expected(kind, stage) for stage in stages}


@pytest.mark.parametrize("kind", KINDS)
def test_every_possible_cell_has_an_expected_outcome(kind: str) -> None:
    """A cell is empty only if its fault cannot occur at the stage."""
    for stage in Stage:
        occurs = stage is KINDS[kind].only if KINDS[kind].only else stage not in KINDS[kind].never
        assert (OUTCOMES[kind][stage] != CANNOT_OCCUR) is occurs
    assert set(OUTCOMES) == set(KINDS)


def _expected(kind: str, stage: Stage) -> Observed:
    during = OUTCOMES[kind][stage]
    return Observed(during, "done by itself" if during in PENDING else "done by the next request")


async def _observe(kind: str, stage: Stage, folder: Path, certificates: Mapping[str, ssl.SSLContext]) -> Observed:
    setup, fault = STAGE_SETUPS[stage], KINDS[kind]
    (folder := folder / stage).mkdir()
    setting = Setting(
        websocket=setup.websocket,
        validation=validation_of(kind, stage),
        timeout=fault.timeout,
        certificates=certificates,
    )
    async with make_scene(folder, setting) as scene:
        scene.path = setup.prepare(scene)
        if setup.during and fault.only is None:
            scene.plex.hold_walking()
            scene.background = asyncio.create_task(begin_during_the_scan(scene, fault.begin, setup.pattern(scene)))
        else:
            await fault.begin(scene, setup.pattern(scene))
        during, pending = await _during(scene)
        violations = _violations(scene, kind, stage, during)
        await fault.recover(scene)
        after = await _after(scene, pending)
        violations += () if _is_correct(scene, after) and after.outcome in PRESENT else (f"then {after.outcome}",)
        violations += () if scene.bench.engine.pending == 0 else ("a request is pending",)
    given_up = during not in PENDING
    return Observed(during, "done by the next request" if given_up else "done by itself", violations)


async def _during(scene: Scene) -> tuple[str, PendingRequest | None]:
    """Return the result during the fault, and the request if it is kept."""
    try:
        (pending,) = await scene.bench.engine.submit([scene.bench.request(scene.path)], durable=True)
        scene.accepted.set()
        result = await scene.result_or_pending(pending)
    except JournalError:
        return KILLED if scene.crash_copy else NOT_ACCEPTED, None
    if scene.crash_copy:
        return KILLED, None
    return f"{result.outcome} {result.reason}" if result.reason else str(result.outcome), pending


async def _after(scene: Scene, pending: PendingRequest | None) -> ScanResult:
    """Return the result of the pending request, or of the next one for the path."""
    engine = scene.bench.engine
    if scene.crash_copy:
        await scene.bench.until_done()
        return scene.bench.results[-1]
    if pending is None or pending.result is not None:
        return await scene.bench.scan(scene.path)
    if engine.availability.reason is Reason.NOT_AUTHORIZED:
        engine.availability.confirm_authorized()  # as after a new token
    engine.availability.probe_now()
    return await engine.wait(pending, WAIT_LIMIT)


def _violations(scene: Scene, kind: str, stage: Stage, during: str) -> tuple[str, ...]:
    """Return what must not happen with any fault."""
    found: tuple[str, ...] = () if all(_is_correct(scene, each) for each in scene.bench.results) else (during,)
    if set(scene.bench.refreshed) - {str(scene.path.parent)} and (kind, stage) not in WIDER:
        found += ("a wider scan",)
    # Another server is reported again during an outage.
    states = [state for state, _links in groupby(state for state, _error in scene.bench.links)]
    expected = [ConnectionState.OFFLINE] * (during == WAITS) + [ConnectionState.UNAUTHORIZED] * (
        during == WAITS_FOR_TOKEN
    )
    if KINDS[kind].timeout != SLOW and kind not in BUSY and states != expected:
        found += (f"reported {states}",)  # an outage is reported once
    return found


def _is_correct(scene: Scene, result: ScanResult) -> bool:
    """Return whether a result agrees with the server."""
    if scene.path.suffix == ".srt":
        return str(result.outcome) != UPDATED or scene.plex.stats.count("/library/metadata/*/refresh") > 0
    part = scene.plex.part(str(scene.path))
    listed = part is not None and not part.deleted_at and part.size == scene.path.stat().st_size
    return listed or result.outcome not in PRESENT
