"""The engine's packages import each other only as the picture in docs/architecture.md shows."""

import ast
from pathlib import Path
import re

import pytest

from custom_components.plex_smart_scan import scanner

SCANNER = Path(scanner.__file__).parent
PAGE = Path(__file__).parents[2] / "docs" / "architecture.md"
PACKAGES = {path.parent.name for path in SCANNER.glob("*/__init__.py")}
MODULES = sorted(path for path in SCANNER.rglob("*.py") if path.name != "__init__.py")


def allowed() -> dict[str, set[str]]:
    """Return what each package of the picture may import, directly or through the packages in between."""
    picture = (
        PAGE.read_text(encoding="utf-8")
        .partition("## The packages")[2]
        .partition("subgraph scanner")[2]
        .partition("end\n")[0]
    )
    arrows = re.findall(r"^ +(\w+) --> (\w+)$", picture, re.MULTILINE)
    found: dict[str, set[str]] = {}
    for one, other in arrows:
        found.setdefault(one, set()).add(other)
    for _ in PACKAGES:
        for names in found.values():
            names |= {below for name in names for below in found.get(name, ())}
    return found


def imported(module: Path) -> set[str]:
    """Return the packages that a module imports, besides its own."""
    parts = module.relative_to(SCANNER).parts
    names: set[str] = set()
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level == len(parts):
            names |= {(node.module or alias.name).split(".")[0] for alias in node.names}
    return names & PACKAGES


def test_picture_is_complete() -> None:
    """Every package is in it."""
    shown = allowed()
    assert shown.keys() | set().union(*shown.values()) == PACKAGES | {"engine"}


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(SCANNER)))
def test_imports(module: Path) -> None:
    """A module imports only packages that its own one has an arrow to; the helpers beside them import none."""
    package, *_ = module.relative_to(SCANNER).with_suffix("").parts

    assert imported(module) <= allowed().get(package, set())
