"""The table in docs/reliability.md is the one that is tested."""

from .document import DOCUMENT, updated


def test_documented() -> None:
    """`python -m tests.scanner.faults` writes it."""
    text = DOCUMENT.read_text()

    assert updated(text) == text
