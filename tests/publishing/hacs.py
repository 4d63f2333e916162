"""The published validation rules of HACS and hassfest that concern the repository, as checks of a checkout.

HACS: `custom_components/hacs/validate/` and `utils/validate.py` of hacs/integration, and the pages about publishing an
integration. hassfest: `script/hassfest/manifest.py`, `dependencies.py` and `config_schema.py` of home-assistant/core,
as far as they concern custom integrations. The rules about GitHub's own settings (description, topics, issues, not
archived) cannot be checked in a checkout.
"""

import ast
from collections.abc import Callable, Iterator
import json
from pathlib import Path
import re
import struct
from typing import Any, Final

from awesomeversion import AwesomeVersion, AwesomeVersionStrategy
from homeassistant.const import Platform
from homeassistant.requirements import DISCOVERY_INTEGRATIONS
from packaging.requirements import InvalidRequirement, Requirement

DOMAIN: Final = "plex_smart_scan"
_HACS_KEYS: Final[dict[str, type | tuple[type, ...]]] = {
    "content_in_root": bool, "country": (str, list), "filename": str, "hacs": str, "hide_default_branch": bool,
    "homeassistant": str, "name": str, "persistent_directory": str, "render_readme": bool, "zip_release": bool,
}  # fmt: skip
# HACS requires the issue tracker, hassfest the two about the integration's kind, both the others.
_REQUIRED: Final = (
    "codeowners", "documentation", "domain", "integration_type", "iot_class", "issue_tracker", "name", "version",
)  # fmt: skip
_INTEGRATION_TYPES: Final = {"device", "entity", "hardware", "helper", "hub", "service", "system", "virtual"}
_VERSIONS: Final = [
    AwesomeVersionStrategy.CALVER,
    AwesomeVersionStrategy.SEMVER,
    AwesomeVersionStrategy.SIMPLEVER,
    AwesomeVersionStrategy.BUILDVER,
    AwesomeVersionStrategy.PEP440,
]
# Built-in integrations that may be imported without being a dependency.
_ALWAYS_IMPORTABLE: Final = {
    "alert", "automation", "conversation", "default_config", "device_automation", "frontend", "group", "homeassistant",
    "input_boolean", "input_button", "input_datetime", "input_number", "input_select", "input_text", "media_source",
    "mjpeg", "onboarding", "panel_custom", "persistent_notification", "person", "script", "shopping_list", "stream",
    "sun", "system_health", "system_log", "timer", "webhook", "websocket_api", "zone",
} | {platform.value for platform in Platform}  # fmt: skip
_PNG: Final = b"\x89PNG\r\n\x1a\n"

type Problems = Iterator[str]


def component(checkout: Path) -> Path:
    """Return the folder of the integration."""
    return checkout / "custom_components" / DOMAIN


def manifest_of(checkout: Path) -> dict[str, Any]:
    """Read the manifest."""
    manifest: dict[str, Any] = json.loads((component(checkout) / "manifest.json").read_text(encoding="utf-8"))
    return manifest


def check_structure(checkout: Path) -> Problems:
    """One integration, with everything that it needs in its folder."""
    folders = [
        path.name for path in (checkout / "custom_components").iterdir() if path.is_dir() and path.name != "__pycache__"
    ]
    if folders != [DOMAIN]:
        yield "structure: custom_components holds more than the integration"
    if not (component(checkout) / "__init__.py").exists():
        yield "structure: the integration has no __init__.py"


def check_hacs_json(checkout: Path) -> Problems:
    """hacs.json has a name, no unknown key, and values of the right type."""
    file = checkout / "hacs.json"
    if not file.exists():
        yield "hacs.json: missing"
        return
    settings = json.loads(file.read_text(encoding="utf-8"))
    if not settings.get("name"):
        yield "hacs.json: no name"
    for key, value in settings.items():
        if key not in _HACS_KEYS:
            yield f"hacs.json: unknown key {key}"
        elif not isinstance(value, _HACS_KEYS[key]):
            yield f"hacs.json: {key} has the wrong type"
    if settings.get("zip_release") and not str(settings.get("filename", "")).endswith(".zip"):
        yield "hacs.json: zip_release needs a filename"
    if not re.fullmatch(r"\d{4}\.\d{1,2}\.\d+", str(settings.get("homeassistant", ""))):
        yield "hacs.json: no minimum version of Home Assistant"


def check_manifest(checkout: Path) -> Problems:
    """The manifest has what HACS and hassfest require of a custom integration."""
    manifest = manifest_of(checkout)
    for key in _REQUIRED:
        if not manifest.get(key):
            yield f"manifest: {key} is missing"
    if manifest.get("domain") != component(checkout).name:
        yield "manifest: the domain is not the folder's name"
    if manifest.get("integration_type") not in _INTEGRATION_TYPES:
        yield "manifest: unknown integration_type"
    for key in ("documentation", "issue_tracker"):
        address = str(manifest.get(key, ""))
        if not address.startswith("https://") or "home-assistant.io" in address:
            yield f"manifest: {key} is not an https address of the publisher's"
    for owner in manifest.get("codeowners", ()):
        if not re.fullmatch(r"@[A-Za-z\d](?:[A-Za-z\d]|-(?=[A-Za-z\d])){0,38}", owner):
            yield f"manifest: {owner} is not a GitHub handle"
    if AwesomeVersion(str(manifest.get("version", ""))).strategy not in _VERSIONS:
        yield "manifest: the version is in no known format"
    yield from _check_requirements(manifest.get("requirements", []))


def _check_requirements(requirements: list[str]) -> Problems:
    for text in requirements:
        try:
            requirement = Requirement(text)
        except InvalidRequirement:
            yield f"manifest: {text} is not a requirement"
            continue
        if " " in text or not requirement.specifier:
            yield f"manifest: the requirement {text} has blanks or no range"


def check_imports(checkout: Path) -> Problems:
    """Every built-in integration that the code imports is a dependency, and none is one twice."""
    manifest = manifest_of(checkout)
    dependencies, later = set(manifest.get("dependencies", ())), set(manifest.get("after_dependencies", ()))
    discovery = {name for name, keys in DISCOVERY_INTEGRATIONS.items() if any(key in manifest for key in keys)}
    allowed = _ALWAYS_IMPORTABLE | dependencies | later | discovery
    for name in dependencies & later:
        yield f"dependencies: {name} is both in dependencies and in after_dependencies"
    for file in sorted(component(checkout).rglob("*.py")):
        for name in sorted(_imported(file) - allowed):
            # A module or folder of that name is the integration's own platform for it.
            if not (component(checkout) / f"{name}.py").exists() and not (component(checkout) / name).is_dir():
                yield f"dependencies: {file.name} imports {name}, which is no dependency"


def _imported(file: Path) -> set[str]:
    """Return the built-in integrations that a module imports, except for type checking."""
    found: set[str] = set()
    nodes: list[ast.AST] = [ast.parse(file.read_text(encoding="utf-8"))]
    while nodes:
        node = nodes.pop()
        if isinstance(node, ast.If) and getattr(node.test, "id", None) == "TYPE_CHECKING":
            continue
        modules = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and node.module:
            modules = [f"{node.module}.{alias.name}" for alias in node.names]
        found |= {name.split(".")[2] for name in modules if name.startswith("homeassistant.components.")}
        nodes.extend(ast.iter_child_nodes(node))
    return found


def check_config_schema(checkout: Path) -> Problems:
    """An integration with `async_setup` says that it cannot be set up from YAML."""
    file = component(checkout) / "__init__.py"
    text = file.read_text(encoding="utf-8") if file.exists() else ""
    if "async def async_setup(" in text and not re.search(r"^CONFIG_SCHEMA = ", text, re.MULTILINE):
        yield "config_schema: there is no CONFIG_SCHEMA"


def check_brand(checkout: Path) -> Problems:
    """The brand folder has a square icon; a logo may be wide; each @2x image has twice the size."""
    folder = component(checkout) / "brand"
    sizes = {path.stem: _png_size(path) for path in sorted(folder.glob("*.png"))}
    if "icon" not in sizes:
        yield "brand: icon.png is missing"
    for name, size in sizes.items():
        if size is None:
            yield f"brand: {name}.png is not a PNG"
            continue
        width, height = size
        scale = 2 if name.endswith("@2x") else 1
        if "icon" in name and (width, height) != (256 * scale, 256 * scale):
            yield f"brand: {name}.png is not {256 * scale} × {256 * scale}"
        if "logo" in name and not 128 * scale <= min(width, height) <= 256 * scale:
            yield f"brand: the shorter side of {name}.png is not between {128 * scale} and {256 * scale}"


def _png_size(path: Path) -> tuple[int, int] | None:
    head = path.read_bytes()[:24]
    if head[:8] != _PNG:
        return None
    width, height = struct.unpack(">II", head[16:24])
    return width, height


def check_readme(checkout: Path) -> Problems:
    """The README says how to use it and shows a picture that exists."""
    file = checkout / "README.md"
    if not file.exists():
        yield "README: missing"
        return
    text = file.read_text(encoding="utf-8")
    pictures = [target for target in re.findall(r"!\[[^\]]*\]\(([^)]+)\)", text) if "://" not in target]
    pictures += re.findall(r'<(?:img|source)[^>]+src(?:set)?="([^":]+)"', text)
    if not pictures:
        yield "README: no picture"
    for picture in pictures:
        if not (checkout / picture).exists():
            yield f"README: {picture} does not exist"
    for heading in ("Install", "Set up", "Remove"):
        if not re.search(rf"^#+ {heading}", text, re.MULTILINE):
            yield f"README: no section {heading}"


def check_license(checkout: Path) -> Problems:
    """GitHub recognises the licence by its first line and its text."""
    file = checkout / "LICENSE"
    text = file.read_text(encoding="utf-8") if file.exists() else ""
    if not text.startswith("MIT License\n") or "THE SOFTWARE IS PROVIDED" not in text:
        yield "LICENSE: not the text of the MIT licence"


CHECKS: Final[tuple[Callable[[Path], Problems], ...]] = (
    check_structure,
    check_hacs_json,
    check_manifest,
    check_imports,
    check_config_schema,
    check_brand,
    check_readme,
    check_license,
)


def problems(checkout: Path) -> list[str]:
    """Return everything that the rules find."""
    return [problem for check in CHECKS for problem in check(checkout)]
