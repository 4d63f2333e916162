"""The table in docs/reliability.md is the tested fault matrix."""

from .document import BEGIN, DOCUMENT, END, WIDE, updated


def test_document_contains_the_current_matrix() -> None:
    """Run `python -m tests.scanner.faults` to update it."""
    text = DOCUMENT.read_text()

    assert updated(text) == text


def test_exactly_the_results_in_the_matrix_are_explained() -> None:
    """The second table explains each result in a cell of the third one, and no other result."""
    section = updated(DOCUMENT.read_text()).partition(BEGIN)[2].partition(END)[0]
    _, meanings, matrix = (
        [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()[2:]]
        for table in section.strip().split("\n\n")
    )

    explained = [row[0] for row in meanings]

    assert sorted(explained) == sorted({cell.removesuffix(WIDE) for row in matrix for cell in row[1:]})
