"""A case: a folder with configurations and with what the routers printed, in time order.

The one place of the replay that reads files. What a case means is `play`'s and `judge`'s.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from labs.twin.image import IMAGES, ImageProfile, image_for

RELEASE = re.compile(r"\b(1[25]\.\d|1[67](?:\.\d+)?)(?=\D|$)")
NEW_DEFAULTS = re.compile(r"new-default|hidden defaults|new defaults", re.IGNORECASE)
OLD_DEFAULTS = re.compile(r"old defaults", re.IGNORECASE)
NEW_IOS = "15.9"
OLD_IOS = "15.5"


class CaseError(Exception):
    """A folder that is no case; says where and what."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One output: what was typed where, and what was printed."""

    number: int
    node: str
    """As published: a host name or a key of the configurations."""
    command: str
    printed: str
    eligible: bool = True
    reason: str = ""
    """Why it is not eligible."""
    extract: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """Configuration lines that were typed before a step."""

    before_step: int
    node: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A published network."""

    name: str
    title: str
    routing: str
    platform: str
    configs: Mapping[str, str]
    aliases: Mapping[str, str]
    steps: tuple[Step, ...]
    edits: tuple[Edit, ...] = ()

    def router(self, node: str) -> str | None:
        """Give the key of the configuration of a node, None if it was not published."""
        key = self.aliases.get(node, node)
        return key if key in self.configs else None

    @property
    def image(self) -> ImageProfile:
        """Give the image for configurations without a `version` line, from the platform's prose."""
        match = RELEASE.search(self.platform)
        if NEW_DEFAULTS.search(self.platform):
            return IMAGES[NEW_IOS]
        if match:
            return image_for(match[1])
        return IMAGES[OLD_IOS if OLD_DEFAULTS.search(self.platform) else NEW_IOS]


def load_case(folder: Path) -> Case:
    """Read a case.

    Raises:
        CaseError: Something is missing or not as the format says.
    """
    place = folder / "case.json"
    try:
        data = json.loads(place.read_text(encoding="utf-8"))
        return _case(folder, data)
    except OSError as error:
        raise CaseError(f"{error.filename}: {error.strerror}") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise CaseError(f"{place}: not a case: {type(error).__name__} {error}") from error


def _case(folder: Path, data: Mapping[str, Any]) -> Case:
    return Case(
        name=str(data.get("id", folder.name)),
        title=str(data.get("title", "")),
        routing=str(data.get("routing", "")),
        platform=str(data.get("platform", "")),
        configs={str(k): _read(folder / v) for k, v in data["configs"].items()},
        aliases={str(k): str(v) for k, v in data.get("aliases", {}).items()},
        steps=tuple(
            sorted((_step(folder, item) for item in data["outputs"]), key=lambda s: s.number)
        ),
        edits=tuple(
            Edit(
                before_step=int(item["before_step"]),
                node=str(item["node"]),
                lines=tuple(str(line) for line in item["lines"]),
            )
            for item in data.get("apply", ())
        ),
    )


def _step(folder: Path, item: Mapping[str, Any]) -> Step:
    return Step(
        number=int(item["step"]),
        node=str(item["node"]),
        command=str(item["command"]),
        printed=_read(folder / item["file"]),
        eligible=bool(item.get("eligible", True)),
        reason=str(item.get("reason", "")),
        extract=bool(item.get("extract", False)),
    )


def _read(path: Path) -> str:
    # A published text may hold any bytes; they are compared, not obeyed.
    return path.read_bytes().decode("utf-8", "replace").replace("\r\n", "\n")
