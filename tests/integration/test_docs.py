"""The pages of the documentation name nothing that is not there, and each can be reached from the README."""

import json
from pathlib import Path
import re
from urllib.parse import urlparse

from homeassistant.util import slugify
import pytest

from tests.publishing.repository import CHECKOUT, COMPONENT, files

README = CHECKOUT / "README.md"
TESTS = CHECKOUT / "tests"
PAGES = [path for path in files() if path.suffix == ".md"]
_LINK = re.compile(r"\]\((?!https?://)([^)#]*)(?:#([^)]*))?\)")
_ADDRESS = re.compile(r"\]\((https?://[^)\s]+)\)")
_TEST = re.compile(r"`(tests/[\w/]+)(?:\.py)?")
_SCRIPT = re.compile(r"`(scripts/[\w-]+|\.ci/run)")
_NAMES = r"(?:`\w+`(?:, | and )?)+"
_MODULE = re.compile(rf"`([\w/]+\.py)`(?: \(({_NAMES}))?")  # `module.py` (`name`, `name`)
_NAME_IN = re.compile(rf"({_NAMES}) in `([\w/]+(?:\.py|/))`")  # `name` in `module.py`
_NAME = re.compile(r"`(\w+)`")
SOURCES = [path for path in files() if path.suffix == ".py"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(CHECKOUT)))
def test_references_of_pages_exist(page: Path) -> None:
    """Its links lead to files, and to headings in them; the tests and scripts that it names exist."""
    text = page.read_text(encoding="utf-8")

    for target, heading in _LINK.findall(text):
        place = page.parent / target if target else page
        assert place.exists(), target
        if heading:
            assert heading in _headings(place.read_text(encoding="utf-8")), f"{target}#{heading}"
    for cited in _TEST.findall(text):
        place = CHECKOUT / cited
        assert place.exists() or place.with_suffix(".py").exists(), cited
    for script in _SCRIPT.findall(text):
        assert (CHECKOUT / script).is_file(), script


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(CHECKOUT)))
def test_modules_and_names_exist(page: Path) -> None:
    """The modules that it names exist, and so do the functions, classes and constants that it names beside them."""
    text = page.read_text(encoding="utf-8")

    named = _MODULE.findall(text) + [(module, names) for names, module in _NAME_IN.findall(text)]
    for module, names in named:
        places = [path for path in SOURCES if f"/{module}" in f"{path.as_posix()}"]
        assert places, module
        source = "\n".join(path.read_text(encoding="utf-8") for path in places)
        for name in _NAME.findall(names):
            assert re.search(rf"(?:\b(?:def|class) |^ *){name}\b\s*[:=([]", source, re.MULTILINE), f"{name} in {module}"


def test_packages_of_the_architecture_exist() -> None:
    """The tables of packages name only modules and packages that exist."""
    page = (CHECKOUT / "docs" / "architecture.md").read_text(encoding="utf-8")
    base = COMPONENT
    rows = 0
    for line in page.partition("## The packages")[2].partition("\n## ")[0].splitlines():
        if header := re.match(r"\| in `([\w/]+)/` \|", line):
            base = CHECKOUT / header[1]
        elif line.startswith("| `"):
            rows += 1
            _, first, rest, _ = line.split("|")
            names = re.findall(r"`([\w/]+)`", first)
            package = base / names[0] if names[0].endswith("/") else None
            inside = re.findall(r"`([\w/]+)`", rest) if package else []
            for place in [base / name for name in names] + [package / name for name in inside if package]:
                assert place.is_dir() or place.with_suffix(".py").is_file(), place
    assert rows


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(CHECKOUT)))
def test_addresses_are_complete(page: Path) -> None:
    """A link to another site is an https address with a host; addresses in a home network are examples, not links."""
    for address in _ADDRESS.findall(page.read_text(encoding="utf-8")):
        parsed = urlparse(address)
        assert parsed.scheme == "https", address
        assert parsed.hostname, address
        assert "." in parsed.hostname, address


def test_every_page_is_reachable_from_the_readme() -> None:
    """Following links from the README leads to every page, except those that GitHub shows or that explain test data."""
    found, waiting = {README}, [README]
    while waiting:
        page = waiting.pop()
        for target, _ in _LINK.findall(page.read_text(encoding="utf-8")):
            place = (page.parent / target).resolve() if target else page
            if place.suffix == ".md" and place not in found:
                found.add(place)
                waiting.append(place)

    meant_for_readers = {
        page for page in PAGES if not page.is_relative_to(CHECKOUT / ".github") and not page.is_relative_to(TESTS)
    }
    assert meant_for_readers - found == set()


def test_entities_of_the_dashboard_exist() -> None:
    """Every entity in the dashboard to copy has a name that the integration gives."""
    texts = json.loads((COMPONENT / "translations" / "en.json").read_text(encoding="utf-8"))["entity"]
    names = {slugify(entity["name"]) for platform in texts.values() for entity in platform.values()} | {"connectivity"}

    dashboard = (CHECKOUT / "docs" / "dashboard.md").read_text(encoding="utf-8")
    entities = set(re.findall(r"\b(?:binary_sensor|button|event|sensor)\.([a-z]\w+)", dashboard))
    assert entities
    for entity in entities:
        assert any(entity.endswith(f"_{name}") for name in names), entity


def _headings(text: str) -> list[str]:
    """Return the headings as they are linked to."""
    found = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return [re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-") for heading in found]
