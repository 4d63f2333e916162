"""Checks of the manifest, the quality scale and the icon."""

from pathlib import Path
import re
import struct
from typing import Final

from homeassistant import components
from homeassistant.util.yaml import load_yaml_dict

from .reading import DOMAIN, Problems, read_json

_MANIFEST_KEYS: Final = {
    "after_dependencies", "bluetooth", "categories", "codeowners", "config_flow", "connectivity", "dependencies",
    "dhcp", "disabled",
    "documentation", "domain", "homekit", "import_executor", "integration_type", "iot_class", "issue_tracker",
    "loggers", "mqtt", "name", "quality_scale", "requirements", "single_config_entry", "ssdp", "usb", "version",
    "zeroconf",
}  # fmt: skip


_IOT_CLASSES: Final = {
    "assumed_state", "calculated", "cloud_polling", "cloud_push", "local_polling", "local_push",
}  # fmt: skip


_RULES: Final = {
    "bronze": "action-setup appropriate-polling brands common-modules config-flow config-flow-test-coverage "
    "dependency-transparency docs-actions docs-conditions docs-high-level-description "
    "docs-installation-instructions docs-removal-instructions docs-triggers entity-event-setup entity-unique-id "
    "has-entity-name runtime-data test-before-configure test-before-setup unique-config-entry",
    "silver": "action-exceptions config-entry-unloading docs-configuration-parameters docs-installation-parameters "
    "entity-unavailable integration-owner log-when-unavailable parallel-updates reauthentication-flow test-coverage",
    "gold": "devices diagnostics discovery discovery-update-info docs-data-update docs-examples "
    "docs-known-limitations docs-supported-devices docs-supported-functions docs-troubleshooting docs-use-cases "
    "dynamic-devices entity-category entity-device-class entity-disabled-by-default entity-translations "
    "exception-translations icon-translations reconfiguration-flow repair-issues stale-devices",
    "platinum": "async-dependency inject-websession strict-typing",
}


def check_manifest(folder: Path) -> Problems:
    """The manifest."""
    manifest = read_json(folder / "manifest.json")
    keys = list(manifest)
    if keys != ["domain", "name", *sorted(set(keys) - {"domain", "name"})]:
        yield "manifest: keys are not in order"
    for key in manifest.keys() - _MANIFEST_KEYS:
        yield f"manifest: unknown key {key}"
    if manifest.get("domain") != DOMAIN:
        yield "manifest: the domain is not the folder's name"
    if not re.fullmatch(r"\d+\.\d+\.\d+", manifest.get("version", "")):
        yield "manifest: no version"
    if manifest.get("iot_class") not in _IOT_CLASSES:
        yield "manifest: unknown iot_class"
    for key in ("documentation", "issue_tracker"):
        if not manifest.get(key, "").startswith("https://"):
            yield f"manifest: {key} is no https address"
    if not all(owner.startswith("@") for owner in manifest["codeowners"]) or not manifest["codeowners"]:
        yield "manifest: no code owner"
    if manifest.get("config_flow") is not (folder / "config_flow.py").exists():
        yield "manifest: config_flow does not say whether there is one"


def check_categories(folder: Path) -> Problems:
    """What Home Assistant 2026.11 shows of an integration; older releases do not read it."""
    manifest = read_json(folder / "manifest.json")
    for key in ("categories", "connectivity"):
        if not manifest.get(key):
            yield f"manifest: no {key}"


def check_dependencies(folder: Path) -> Problems:
    """What the manifest says that the integration needs."""
    manifest = read_json(folder / "manifest.json")
    for requirement in manifest["requirements"]:
        if " " in requirement or not re.search("[<>=~]=?", requirement):
            yield f"manifest: requirement {requirement!r} has blanks or no range"
    known = {each.name for each in Path(components.__path__[0]).iterdir()}
    for key in ("dependencies", "after_dependencies"):
        for dependency in set(manifest.get(key, ())) - known:
            yield f"manifest: {dependency} in {key} does not exist"


def check_quality_scale(folder: Path) -> Problems:
    """The rules, against the tier that the manifest claims."""
    rules = load_yaml_dict(str(folder / "quality_scale.yaml"))["rules"]
    known = {rule for tier in _RULES.values() for rule in tier.split()}
    for rule in known ^ rules.keys():
        yield f"quality scale: {rule} is missing or unknown"
    status = {}
    for rule, value in rules.items():
        status[rule] = value if isinstance(value, str) else value["status"]
        if status[rule] not in {"done", "todo", "exempt"}:
            yield f"quality scale: {rule} has an unknown status"
        if status[rule] == "exempt" and not value.get("comment"):
            yield f"quality scale: {rule} is exempt without a reason"
    claimed = read_json(folder / "manifest.json").get("quality_scale", "")
    if claimed not in _RULES:
        yield "quality scale: the manifest claims no tier"
        return
    for tier, names in _RULES.items():
        for rule in names.split():
            if status.get(rule) == "todo":
                yield f"quality scale: {claimed} is claimed, but {rule} is to be done"
        if tier == claimed:
            return


def check_icon(folder: Path) -> Problems:
    """The icon: a square PNG."""
    file = folder / "brand" / "icon.png"
    head = file.read_bytes()[:24] if file.exists() else b""
    if head[:8] != b"\x89PNG\r\n\x1a\n":
        yield "brand: no icon.png"
    elif struct.unpack(">II", head[16:24]) != (256, 256):
        yield "brand: icon.png is not 256 × 256"
