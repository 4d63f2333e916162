"""The table of rules: evidence described in a few words, and the step that it leads to."""

from typing import Any

import pytest

from custom_components.plex_smart_scan.scanner.requests.decision.evidence import Evidence
from custom_components.plex_smart_scan.scanner.requests.decision.rule_table import RULES, decide
from custom_components.plex_smart_scan.scanner.requests.decision.step_types import Step

from . import rows_after_scan, rows_before_scan, rows_listed_differently
from .described_evidence import TIMING

TABLE = rows_before_scan.ROWS | rows_after_scan.ROWS | rows_listed_differently.ROWS


@pytest.mark.parametrize(("known", "step"), TABLE.values(), ids=TABLE)
def test_evidence_leads_to_the_step(known: dict[str, Any], step: Step) -> None:
    """The evidence leads to this step."""
    assert decide(Evidence(**known), TIMING) == step


def test_every_rule_is_in_the_table() -> None:
    """Each rule decides at least one row of the table."""
    deciding = set()
    for known, _ in TABLE.values():
        deciding.add(next(rule for rule in RULES if rule(Evidence(**known), TIMING) is not None))

    assert deciding == set(RULES)
