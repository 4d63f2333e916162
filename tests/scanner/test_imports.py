"""Imports point one way: between the engine's packages, within them, and from the Home Assistant side to the engine."""

import ast
from pathlib import Path
import re

import pytest

from custom_components.plex_smart_scan import scanner

SCANNER = Path(scanner.__file__).parent
COMPONENT = SCANNER.parent
PUBLIC = {"scanner", "scanner.downloaders"}
MAX_MODULES = 12  # of one package
MAX_LINES = 300  # of one module
PAGE = Path(__file__).parents[2] / "docs" / "architecture.md"
PACKAGES = {path.parent.name for path in SCANNER.glob("*/__init__.py")}
MODULES = sorted(path for path in SCANNER.rglob("*.py") if path.name != "__init__.py")
FOLDERS = sorted({path.parent for path in MODULES})
OUTSIDE = sorted(path for path in COMPONENT.rglob("*.py") if not path.is_relative_to(SCANNER))


def allowed() -> dict[str, set[str]]:
    """Return what each package in the diagram may import, directly or through the packages in between."""
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


def test_every_package_is_in_the_diagram() -> None:
    """The diagram in docs/architecture.md contains every package."""
    shown = allowed()
    assert shown.keys() | set().union(*shown.values()) == PACKAGES | {"engine"}


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(SCANNER)))
def test_modules_import_only_what_the_diagram_allows(module: Path) -> None:
    """A module imports only packages that its own one has an arrow to; the helpers beside them import none."""
    package, *_ = module.relative_to(SCANNER).with_suffix("").parts

    assert imported(module) <= allowed().get(package, set())


def absolute(module: Path, node: ast.ImportFrom) -> str:
    """Return what a relative import of a module means, as a dotted name below the integration."""
    parts = module.relative_to(COMPONENT).parts
    above = parts[: len(parts) - node.level]
    return ".".join((*above, *(node.module or "").split("."))).strip(".")


@pytest.mark.parametrize("module", OUTSIDE, ids=lambda path: str(path.relative_to(COMPONENT)))
def test_home_assistant_side_uses_the_interface(module: Path) -> None:
    """The rest of the integration imports the engine's public packages and nothing deeper, and only public names."""
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.ImportFrom) or not node.level:
            continue
        name = absolute(module, node)
        if name.partition(".")[0] == "scanner":
            assert name in PUBLIC
            package = scanner if name == "scanner" else scanner.downloaders
            assert {alias.name for alias in node.names} <= set(package.__all__)


def imported_modules(module: Path) -> set[Path]:
    """Return the engine's modules that one of them imports."""
    found: set[Path] = set()
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.ImportFrom) or not node.level:
            continue
        path = COMPONENT.joinpath(*absolute(module, node).split("."))
        candidates = [path.with_suffix(".py"), *((path / alias.name).with_suffix(".py") for alias in node.names)]
        found.update(each for each in candidates if each.exists())
    return found


def test_no_circular_imports() -> None:
    """No module imports itself through others."""
    imports = {module: imported_modules(module) for module in MODULES}
    while leaves := {module for module, others in imports.items() if not others & imports.keys()}:
        imports = {module: others for module, others in imports.items() if module not in leaves}
    assert not imports


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: str(path.relative_to(COMPONENT)))
def test_packages_are_small_and_explained(folder: Path) -> None:
    """A package has about ten modules at most, none of them long, and a docstring that says what belongs in it."""
    modules = [path for path in folder.glob("*.py") if path.name != "__init__.py"]

    assert ast.get_docstring(ast.parse((folder / "__init__.py").read_text(encoding="utf-8")))
    assert len(modules) <= MAX_MODULES
    assert all(len(path.read_text(encoding="utf-8").splitlines()) <= MAX_LINES for path in modules)
