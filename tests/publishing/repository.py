"""The files of the repository, without what tools leave in a checkout."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from homeassistant.util.yaml import parse_yaml

CHECKOUT: Final = Path(__file__).parents[2]
COMPONENT: Final = CHECKOUT / "custom_components" / "plex_smart_scan"
_NOT_OURS: Final = {
    ".demo", ".git", ".hypothesis", ".mypy_cache", ".pytest_cache", ".ruff_cache", ".tools", ".venv", "__pycache__",
    "dist", "htmlcov",
}  # fmt: skip


def files(folder: Path = CHECKOUT) -> Iterator[Path]:
    """Yield every file of the repository below a folder."""
    for path in sorted(folder.iterdir()):
        if path.name in _NOT_OURS or path.name.startswith(".coverage"):
            continue
        if path.is_dir():
            yield from files(path)
        else:
            yield path


def text_files(folder: Path = CHECKOUT) -> Iterator[tuple[Path, str]]:
    """Yield every text file with its text."""
    for path in files(folder):
        try:
            yield path, path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # an image or a media sample


def workflow(name: str) -> dict[str, Any]:
    """Read a workflow; YAML 1.1 reads its key `on` as true."""
    text = (CHECKOUT / ".github" / "workflows" / f"{name}.yml").read_text(encoding="utf-8")
    parsed = parse_yaml(text)
    assert isinstance(parsed, dict)
    return {"on" if key is True else key: value for key, value in parsed.items()}
