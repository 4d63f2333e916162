"""Checks of the code that reviewers of Home Assistant ask for."""

import ast
from pathlib import Path

from .reading import Problems, modules


def check_code(folder: Path) -> Problems:
    """What Home Assistant's reviewers ask for, and a tool can see."""
    for file, tree in modules(folder):
        if not ast.get_docstring(tree):
            yield f"{file.name}: no docstring"
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
                first = node.args[0]
                is_log = isinstance(node.func.value, ast.Name) and node.func.value.id == "_LOGGER"
                text = first.value if isinstance(first, ast.Constant) else ""
                if (
                    is_log
                    and isinstance(text, str)
                    and text
                    and (text.endswith(".") or not (text[0].isupper() or text[0] == "%"))
                ):
                    yield f"{file.name}:{node.lineno}: a log line begins small or ends with a period"
    for name in ("binary_sensor", "button", "event", "sensor"):
        if "PARALLEL_UPDATES" not in (folder / f"{name}.py").read_text():
            yield f"{name}.py: no PARALLEL_UPDATES"
