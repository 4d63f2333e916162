"""The table in docs/reliability.md is the tested fault matrix."""

from .document import DOCUMENT, updated


def test_document_contains_the_current_matrix() -> None:
    """Run `python -m tests.scanner.faults` to update it."""
    text = DOCUMENT.read_text()

    assert updated(text) == text
