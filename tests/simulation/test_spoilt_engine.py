"""An engine with one wrong decision is noticed in random histories."""

from typing import Final

import pytest

from custom_components.plex_smart_scan.scanner.media.naming_rules import PathKind
from custom_components.plex_smart_scan.scanner.requests.collecting import collect_listing
from custom_components.plex_smart_scan.scanner.requests.decision import rule_table
from custom_components.plex_smart_scan.scanner.requests.decision.before_scan import first_scan
from custom_components.plex_smart_scan.scanner.requests.decision.evidence import Evidence, ReportedState
from custom_components.plex_smart_scan.scanner.requests.decision.scan_scope import ScanScope
from custom_components.plex_smart_scan.scanner.requests.decision.step_types import Scan
from custom_components.plex_smart_scan.scanner.requests.execution import looking_up
from custom_components.plex_smart_scan.scanner.scans.recent_scans import RecentScans
from custom_components.plex_smart_scan.scanner.timing import Timing
from tests.simulation.history import run_history

HISTORIES: Final = 120  # in which a spoilt engine breaks a law at least once


def never(*_args: object, **_options: object) -> None:
    """Find nothing."""


def scan_wide(e: Evidence, timing: Timing) -> Scan | None:
    """Begin with the first-level folder."""
    return Scan(ScanScope.FIRST_LEVEL_FOLDER) if first_scan(e, timing) else None


def look_seldom(*_args: object, **_options: object) -> float:
    """Wait long before the next look-up."""
    return 15.0


def media(*_args: object, **_options: object) -> PathKind:
    """Take every path for a media file."""
    return PathKind.MEDIA


@pytest.mark.parametrize(
    ("target", "name", "spoilt", "law"),
    [
        (Evidence, "worth_scanning", property(lambda _: True), "law 1"),
        (rule_table, "RULES", tuple(scan_wide if each is first_scan else each for each in rule_table.RULES), "law 4"),
        (RecentScans, "find", never, "law 5"),
        (looking_up, "lookup_pause", look_seldom, "law 9"),
        # Laws 6 and 7 concern no single scan: what breaks them leads to a wrong result.
        pytest.param(Evidence, "gone", property(lambda e: e.reported is ReportedState.GONE), "in the end", id="law 6"),
        pytest.param(collect_listing, "kind_of", media, "untrue result", id="law 7"),
    ],
    ids=lambda value: value if isinstance(value, str) and value.startswith("law") else "",
)
def test_spoilt_engine_is_noticed(
    monkeypatch: pytest.MonkeyPatch, target: object, name: str, spoilt: object, law: str
) -> None:
    """An engine with one wrong decision breaks the law in one of the first histories."""
    monkeypatch.setattr(target, name, spoilt)

    broken = (text for seed in range(HISTORIES) for text in run_history(seed).broken)

    assert any(text.startswith(law) for text in broken)
