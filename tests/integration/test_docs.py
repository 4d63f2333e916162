"""The pages of the documentation name nothing that is not there."""

from pathlib import Path
import re

import pytest

CHECKOUT = Path(__file__).parents[2]
PAGES = [CHECKOUT / "README.md", *sorted((CHECKOUT / "docs").rglob("*.md")), CHECKOUT / "benchmarks" / "README.md"]
_LINK = re.compile(r"\]\((?!https?://)([^)#]*)(?:#([^)]*))?\)")
_TEST = re.compile(r"`(tests/[\w/]+)(?:\.py)?")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(CHECKOUT)))
def test_all_that_a_page_names_is_there(page: Path) -> None:
    """Its links lead to files, and to headings in them; the tests that it cites exist."""
    text = page.read_text(encoding="utf-8")

    for target, heading in _LINK.findall(text):
        place = page.parent / target if target else page
        assert place.exists(), target
        if heading:
            assert heading in _headings(place.read_text(encoding="utf-8")), f"{target}#{heading}"
    for cited in _TEST.findall(text):
        place = CHECKOUT / cited
        assert place.exists() or place.with_suffix(".py").exists(), cited


def _headings(text: str) -> list[str]:
    """Return the headings as they are linked to."""
    found = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return [re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-") for heading in found]
