"""A case: a folder with configurations and with what the routers printed, in time order.

The one place of the replay that reads files. What a case means is `play`'s and `judge`'s.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from labs.twin.image import IMAGES, XE_316, ImageProfile, image_for
from labs.twin.intake.transcript import plain

RELEASE = re.compile(r"\b(1[25]\.\d|1[67](?:\.\d+)?)(?=\D|$)")
EARLY_XE = re.compile(
    r"\b0?3\.(?:1[0-8]|0?\d)(?=[.S\s]|$)|\b(?:IOS.?XE|CSR\d*V?|ASR\d*|ISR4\d*)\b.*\b15\.\d",
    re.IGNORECASE,
)
"""IOS-XE 3, or what it is built of: 15.x on hardware that runs IOS-XE only."""
NEW_DEFAULTS = re.compile(r"new-default|hidden defaults|new defaults", re.IGNORECASE)
OLD_DEFAULTS = re.compile(r"old defaults", re.IGNORECASE)
NEWEST = {"16": "16.9", "17": "17.3"}
"""For a release of which only the train is told."""
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
        if EARLY_XE.search(self.platform):
            return XE_316
        if NEW_DEFAULTS.search(self.platform):
            return IMAGES[NEW_IOS]
        if match:
            return image_for(NEWEST.get(match[1], match[1]))
        return IMAGES[OLD_IOS if OLD_DEFAULTS.search(self.platform) else NEW_IOS]


class _Said(BaseModel):
    """A part of case.json; keys that the replay does not use may stand there."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    @model_validator(mode="before")
    @classmethod
    def _without_null(cls, said: Any) -> Any:
        """Take null for a key that is not there."""
        if isinstance(said, dict):
            return {key: value for key, value in said.items() if value is not None}
        return said


class _Output(_Said):
    step: int
    node: str
    command: str
    file: str
    eligible: bool = True
    reason: str = ""
    extract: bool = False


class _Apply(_Said):
    before_step: int
    node: str
    lines: tuple[str, ...]

    @field_validator("lines", mode="before")
    @classmethod
    def _one_by_one(cls, lines: Any) -> Any:
        """Take a text for its lines."""
        return lines.splitlines() if isinstance(lines, str) else lines


class _CaseFile(_Said):
    id: str = ""
    title: str = ""
    routing: str = ""
    platform: str = ""
    configs: dict[str, str] = Field(min_length=1)
    aliases: dict[str, str] = {}
    outputs: tuple[_Output, ...]
    apply: tuple[_Apply, ...] = ()


def load_case(folder: Path) -> Case:
    """Read a case.

    Raises:
        CaseError: Something is missing or not as the format says.
    """
    place = folder / "case.json"
    try:
        said = _CaseFile.model_validate_json(place.read_text(encoding="utf-8"))
        return _case(folder, said)
    except OSError as error:
        raise CaseError(f"{error.filename}: {error.strerror}") from error
    except ValidationError as error:
        wrong = "; ".join(map(_wrong, error.errors(include_url=False)))
        raise CaseError(f"{place}: not a case: {wrong}") from error
    except ValueError as error:
        raise CaseError(f"{place}: {error}") from error


def _wrong(error: Any) -> str:
    where = ".".join(str(part) for part in error["loc"])
    return f"{where}: {error['msg']}" if where else str(error["msg"])


def _case(folder: Path, said: _CaseFile) -> Case:
    return Case(
        name=said.id or folder.resolve().name,
        title=said.title,
        routing=said.routing,
        platform=said.platform,
        configs={name: plain(_read(folder, file)) for name, file in said.configs.items()},
        aliases=said.aliases,
        steps=tuple(sorted((_step(folder, one) for one in said.outputs), key=lambda s: s.number)),
        edits=tuple(
            Edit(before_step=one.before_step, node=one.node, lines=one.lines) for one in said.apply
        ),
    )


def _step(folder: Path, output: _Output) -> Step:
    return Step(
        number=output.step,
        node=output.node,
        command=output.command,
        printed=_read(folder, output.file),
        eligible=output.eligible,
        reason=output.reason,
        extract=output.extract,
    )


def _read(folder: Path, name: str) -> str:
    path = folder / name
    if not path.resolve().is_relative_to(folder.resolve()):
        raise CaseError(f"{path}: not in the folder of the case")
    # A published text may hold any bytes; they are compared, not obeyed.
    return path.read_bytes().decode("utf-8", "replace").replace("\r\n", "\n")
