"""Reading of the files of the integration, shared by all checks."""

import ast
from collections.abc import Iterator
from functools import cache
import json
from pathlib import Path
import re
from typing import Any, Final

DOMAIN: Final = "plex_smart_scan"


PACKAGE: Final = f"custom_components.{DOMAIN}"


LANGUAGES: Final = ("de", "es", "fr", "nl")


type Problems = Iterator[str]


def read_json(file: Path) -> Any:
    """Read a JSON file."""
    return json.loads(file.read_text())


def flat(data: dict[str, Any], prefix: str = "") -> dict[str, str]:
    """Flatten nested texts."""
    found: dict[str, str] = {}
    for key, value in data.items():
        name = f"{prefix}{key}"
        found |= flat(value, f"{name}.") if isinstance(value, dict) else {name: value}
    return found


def placeholders(text: str) -> set[str]:
    """Return the names in braces."""
    return set(re.findall(r"{(\w+)}", text))


def english(folder: Path) -> dict[str, Any]:
    """Read the English texts."""
    texts: dict[str, Any] = read_json(folder / "translations" / "en.json")
    return texts


@cache
def _tree(file: Path, _changed: float) -> ast.Module:
    return ast.parse(file.read_text())


def modules(folder: Path) -> Iterator[tuple[Path, ast.Module]]:
    """Parse the integration's own modules; the core beneath knows nothing of Home Assistant."""
    for file in sorted(folder.rglob("*.py")):
        if "scanner" in file.relative_to(folder).parts:
            continue
        yield file, _tree(file, file.stat().st_mtime)


def calls(folder: Path, *names: str) -> Iterator[tuple[str, ast.Call]]:
    """Find the calls of functions or methods of these names."""
    for file, tree in modules(folder):
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                if name in names:
                    yield f"{file.name}:{node.lineno}", node


def argument(call: ast.Call, name: str) -> ast.expr | None:
    """Return a keyword argument."""
    return next((each.value for each in call.keywords if each.arg == name), None)


def constants(folder: Path) -> set[str]:
    """Return every text in the code."""
    return {
        node.value
        for _, tree in modules(folder)
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
