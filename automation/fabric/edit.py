"""Edit the inventory as an engineer would: a block of text added, every comment left alone.

The new text is judged like any other before it is written, and must differ from the old by the
added entry and nothing else. What a site means is not known here.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from automation.errors import UsageError
from automation.fabric import marks
from automation.fabric.files import write_whole
from automation.fabric.load import FABRIC_FILE, HOSTS_FILE, host_names, judge, read_document
from automation.fabric.model import Fabric
from automation.fabric.problems import InvalidFabric

_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_./-]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSite:
    """A spoke site to add."""

    site: str
    router: str
    """Name in the fabric and in hosts.yaml."""
    cloud: str
    wan: str
    lans: Mapping[str, str] = field(default_factory=dict)
    """Prefix by LAN interface."""
    address: str = "auto"
    role: str = "spoke"
    nbma: str = ""
    host: Mapping[str, Any] = field(default_factory=dict)
    """What to write into hosts.yaml: hostname, port, groups; empty if it stands there already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """New texts of files of the inventory, judged and not yet written."""

    texts: Mapping[Path, str]
    fabric: Fabric
    """The fabric as it will be."""


def add_site(folder: Path, new: NewSite) -> Edit:
    """Work out the texts that add a site.

    Raises:
        UsageError: The site or the router is there already, or a file cannot be edited by text.
        InvalidFabric: The fabric would be wrong; nothing is written.
    """
    before = read_document(folder)
    path = _home_of_sites(folder, before)
    if new.site in (before.data or {}).get("sites", {}):
        raise UsageError(f"site {new.site} is already in the fabric", place=str(path))
    texts = {path: append_entry(_text(path), "sites", _site_lines(new))}
    known = host_names(folder)
    if known is not None and new.router not in known and new.host:
        texts[folder / HOSTS_FILE] = append_entry(
            _text(folder / HOSTS_FILE), None, _host_lines(new)
        )
        known |= {new.router}
    document = read_document(folder, texts)
    fabric = judge(document, known, None)
    if document.problems or fabric is None:
        raise InvalidFabric(document.problems)
    _only_added(before.data, document.data, new.site, path)
    return Edit(texts=texts, fabric=fabric)


def write(edit: Edit) -> None:
    """Write the files of an edit, all or none."""
    write_whole(edit.texts)


def _home_of_sites(folder: Path, document: marks.Document) -> Path:
    """Find the file that holds the sites: the last one that has some, else fabric.yaml."""
    sites = [p for p in document.keys if len(p) == 2 and p[0] == "sites"]
    if not sites:
        return folder / FABRIC_FILE
    named = document.keys[sites[-1]].file
    return next(
        (p for p in folder.rglob("*.y*ml") if p.resolve() == Path(named).resolve()),
        folder / FABRIC_FILE,
    )


def _text(path: Path) -> str:
    """Read a file without touching its line ends."""
    return path.read_bytes().decode("utf-8") if path.is_file() else ""


def _site_lines(new: NewSite) -> list[tuple[int, str]]:
    """Write the entry as (depth, text)."""
    place = {"address": new.address, "wan": new.wan} | ({"nbma": new.nbma} if new.nbma else {})
    flow = ", ".join(f"{key}: {_scalar(value)}" for key, value in place.items())
    lines = [
        (0, f"{_scalar(new.site)}:"),
        (1, "routers:"),
        (2, f"{_scalar(new.router)}:"),
        (3, f"role: {_scalar(new.role)}"),
        (3, "clouds:"),
        (4, f"{_scalar(new.cloud)}: {{{flow}}}"),
    ]
    if new.lans:
        lines.append((3, "lans:"))
        lines += [(4, f"{_scalar(name)}: {_scalar(lan)}") for name, lan in new.lans.items()]
    return lines


def _host_lines(new: NewSite) -> list[tuple[int, str]]:
    return [
        (0, f"{_scalar(new.router)}:"),
        *((1, f"{key}: {_scalar(value)}") for key, value in new.host.items()),
    ]


def _scalar(value: object) -> str:
    """Write a value so that YAML reads it back: plain where that is safe, else quoted."""
    if isinstance(value, str):
        return value if _PLAIN.fullmatch(value) else json.dumps(value)
    return json.dumps(value)


def append_entry(text: str, section: str | None, entry: list[tuple[int, str]]) -> str:
    """Add an entry at the end of a block mapping of a YAML text, comments kept.

    Args:
        text: The text of the file.
        section: Top-level key that holds the mapping; None is the top level itself.
        entry: Lines as (depth, text).

    Raises:
        UsageError: The mapping is written in braces, which text cannot be added to.
    """
    end = "\r\n" if "\r\n" in text else "\n"
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    node = root if section is None else _value_of(root, section)
    if node is None or (isinstance(node, yaml.ScalarNode) and node.value in ("", "null", "~")):
        return _start_mapping(text, section, entry, end, node)
    if not isinstance(node, yaml.MappingNode):
        raise UsageError(f"{section or 'the file'} is not a mapping")
    if node.flow_style and not node.value:
        cut = text[: node.start_mark.index].rstrip(" ") + text[node.end_mark.index :]
        return append_entry(cut, section, entry)
    if node.flow_style:
        raise UsageError(
            f"{section} is written in braces", hint="write it as an indented block, then try again"
        )
    lines = text.splitlines(keepends=True)
    column = node.value[0][0].start_mark.column
    step = column if section else _step(node)
    at = _last_line(node, lines)
    spaced = _spaced(node, lines)
    block = [end] if spaced else []
    block += [f"{' ' * (column + step * depth)}{line}{end}" for depth, line in entry]
    if lines and not lines[at - 1].endswith("\n"):
        lines[at - 1] += end
    return "".join([*lines[:at], *block, *lines[at:]])


def _value_of(root: yaml.Node | None, section: str) -> yaml.Node | None:
    pairs = root.value if isinstance(root, yaml.MappingNode) else []
    return next((value for key, value in pairs if key.value == section), None)


def _start_mapping(
    text: str, section: str | None, entry: list[tuple[int, str]], end: str, node: yaml.Node | None
) -> str:
    """Write the first entry of a mapping that is empty or not there."""
    depth = 0 if section is None else 1
    block = [f"{'  ' * (depth + level)}{line}{end}" for level, line in entry]
    if section is not None and node is not None:
        lines = text.splitlines(keepends=True)
        at = node.start_mark.line + 1
        if not lines[at - 1].endswith("\n"):
            lines[at - 1] += end
        return "".join([*lines[:at], *block, *lines[at:]])
    head = "" if not text or text.endswith("\n") else end
    return "".join([text, head, *([f"{section}:{end}"] if section else []), *block])


def _step(node: yaml.MappingNode) -> int:
    """Find how deep this file indents."""
    for _, value in node.value:
        if isinstance(value, yaml.MappingNode) and value.value and not value.flow_style:
            return int(value.value[0][0].start_mark.column)
    return 2


def _last_line(node: yaml.MappingNode, lines: list[str]) -> int:
    """Find the line after the last one that belongs to the mapping."""
    at = min(int(node.end_mark.line) + (1 if node.end_mark.column else 0), len(lines))
    while at > 0 and (not lines[at - 1].strip() or lines[at - 1].lstrip().startswith("#")):
        at -= 1
    return at


def _spaced(node: yaml.MappingNode, lines: list[str]) -> bool:
    """Tell whether entries are set apart by blank lines."""
    if len(node.value) < 2:
        return False
    above = int(node.value[-1][0].start_mark.line) - 1
    while above >= 0 and lines[above].lstrip().startswith("#"):
        above -= 1
    return above >= 0 and not lines[above].strip()


def _only_added(before: Any, after: Any, site: str, path: Path) -> None:
    """Make sure that the edit added the site and changed nothing else."""
    rest = dict(after)
    rest["sites"] = {name: value for name, value in after["sites"].items() if name != site}
    expected = dict(before)
    expected["sites"] = before.get("sites") or {}
    if rest != expected:
        raise UsageError(
            "the file cannot be edited by text without changing its meaning",
            place=str(path),
            hint="add the site by hand, in the style of its neighbours",
        )
