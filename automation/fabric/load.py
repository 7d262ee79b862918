"""Read fabric.yaml and what it includes: a valid Fabric, or every problem with its place.

The one module of this package that reads the intent from disk. A part with a problem of its own
is left out and the rest is judged all the same, so that one run tells everything.
"""

import pathlib
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from difflib import get_close_matches
from typing import Any

from pydantic import BaseModel, SecretStr, ValidationError
from pydantic_core import ErrorDetails

from automation.errors import DmvpnError, UsageError
from automation.fabric import marks, model
from automation.fabric.marks import Document, Path
from automation.fabric.problems import InvalidFabric, Problem
from automation.fabric.rules import Surroundings, complaints, nearest

FABRIC_FILE = "fabric.yaml"
HOSTS_FILE = "hosts.yaml"
INCLUDABLE = ("transports", "clouds", "sites")
MAX_PASSES = 8

Resolve = Callable[[str], SecretStr]
"""Turn `secret:NAME` into its value; credentials.resolve."""


def load_fabric(folder: pathlib.Path, resolve: Resolve | None = None) -> model.Fabric:
    """Read and judge the fabric of an inventory folder.

    Args:
        folder: Holds fabric.yaml and, for the check of names, hosts.yaml.
        resolve: Gives secrets for the judgement of their length; one that it does not know is
            not a problem of the fabric.

    Raises:
        UsageError: There is no fabric.yaml.
        InvalidFabric: With every problem found.
    """
    document = read_document(folder)
    fabric = judge(document, host_names(folder), resolve)
    if document.problems or fabric is None:
        raise InvalidFabric(document.problems)
    return fabric


def parse_fabric(text: str, file: str = FABRIC_FILE) -> model.Fabric:
    """Judge a text on its own: no hosts, no secrets, no files included."""
    document = marks.read(text, file)
    fabric = judge(document, None, None)
    if document.problems or fabric is None:
        raise InvalidFabric(document.problems)
    return fabric


def read_document(
    folder: pathlib.Path, replaced: Mapping[pathlib.Path, str] | None = None
) -> Document:
    """Read fabric.yaml and its includes; `replaced` gives the new text of files being edited."""
    path = folder / FABRIC_FILE
    if not (replaced and path in replaced) and not path.is_file():
        raise UsageError(
            f"there is no {FABRIC_FILE}", place=str(folder), hint="name the folder with -i FOLDER"
        )
    document = read_file(path, replaced or {})
    _include(document, folder, replaced or {})
    return document


def host_names(folder: pathlib.Path) -> frozenset[str] | None:
    """List the names in hosts.yaml; None without a readable one (its reader reports why)."""
    path = folder / HOSTS_FILE
    if not path.is_file():
        return None
    document = read_file(path, {})
    data = document.data
    return frozenset(data) if isinstance(data, dict) and not document.problems else None


def read_file(path: pathlib.Path, replaced: Mapping[pathlib.Path, str]) -> Document:
    """Read one file of the inventory; what hinders it becomes a problem of the document."""
    name = _shown(path)
    try:
        text = replaced[path] if path in replaced else path.read_text(encoding="utf-8")
    except (UnicodeDecodeError, OSError) as error:
        reason = "not UTF-8 text" if isinstance(error, UnicodeDecodeError) else error.strerror
        problem = Problem(code="E100", message=f"cannot be read: {reason}", file=name)
        return Document(lines={name: []}, problems=[problem])
    return marks.read(text, name)


def _shown(path: pathlib.Path) -> str:
    """Name a file as short as the user would."""
    try:
        return str(path.resolve().relative_to(pathlib.Path.cwd()))
    except ValueError:
        return str(path)


def _include(
    document: Document, folder: pathlib.Path, replaced: Mapping[pathlib.Path, str]
) -> None:
    """Join the files named by `include:`; they hold transports, clouds or sites."""
    if not isinstance(document.data, dict) or "include" not in document.data:
        return
    names = document.data.pop("include")
    for i, name in enumerate(names if isinstance(names, list) else [names]):
        place = ("include", i) if isinstance(names, list) else ("include",)
        path = (folder / str(name)).resolve()
        if not path.is_relative_to(folder.resolve()) or not path.is_file():
            document.problems.append(
                document.problem(
                    place,
                    "E106",
                    f"cannot include {name}",
                    f"name an existing file inside {_shown(folder)}",
                )
            )
            continue
        other = read_file(folder / str(name), replaced)
        _only_includable(other)
        marks.merge(document, other)


def _only_includable(other: Document) -> None:
    if not isinstance(other.data, dict):
        if not other.problems:
            other.problems.append(other.problem((), "E103", "an included file must be a mapping"))
        return
    for key in [k for k in other.data if k not in INCLUDABLE]:
        del other.data[key]
        hint = f"an included file holds {', '.join(INCLUDABLE)}"
        other.problems.append(
            other.problem(
                (key,), "E106", f"{key!r} cannot stand in an included file", hint, key=True
            )
        )


def judge(
    document: Document, hosts: frozenset[str] | None, resolve: Resolve | None
) -> model.Fabric | None:
    """Validate a document, adding problems to it; None when nothing could be made of it."""
    if not isinstance(document.data, dict):
        if not document.problems:
            document.problems.append(
                document.problem((), "E103", "the file must be a mapping, starting with fabric:")
            )
        return None
    fabric, unread = _validate(document)
    if fabric is None:
        return None
    around = Surroundings(hosts=hosts, secret_lengths=_lengths(fabric, resolve), unread=unread)
    for found in complaints(fabric, around):
        document.problems.append(
            document.problem(found.path, found.code, found.message, found.hint, key=found.key)
        )
    return fabric


def _lengths(fabric: model.Fabric, resolve: Resolve | None) -> dict[str, int]:
    lengths: dict[str, int] = {}
    for reference in fabric.secrets() if resolve else ():
        try:
            lengths[reference] = len(resolve(reference).get_secret_value())  # type: ignore[misc]
        except DmvpnError:
            continue  # whoever needs the value reports that it is missing
    return lengths


def _validate(document: Document) -> tuple[model.Fabric | None, frozenset[Path]]:
    """Validate; on problems leave out the smallest part that has them and try again."""
    data = deepcopy(document.data)
    unread: set[Path] = set(document.incomplete)
    for attempt in range(MAX_PASSES):
        try:
            return model.Fabric.model_validate(data), frozenset(unread)
        except ValidationError as error:
            details = error.errors(include_url=False, include_input=False)
        document.problems.extend(_report(document, details, first=attempt == 0))
        left_out = [_leave_out(data, detail, unread) for detail in details]
        if not all(left_out):
            break
    return None, frozenset(unread)


CONSEQUENCES = ("missing", "too_short")
"""What pydantic says about a thing that we left out ourselves."""


def _report(document: Document, details: list[ErrorDetails], *, first: bool) -> Iterator[Problem]:
    misspelt = {
        (*detail["loc"][:-1], meant)
        for detail in details
        if detail["type"] == "extra_forbidden"
        for meant in get_close_matches(
            str(detail["loc"][-1]), _known_keys(document.data, _parent(document, detail)), n=1
        )
    }
    for detail in details:
        consequence = not first or detail["loc"] in misspelt
        if not (detail["type"] in CONSEQUENCES and consequence):
            yield _problem(document, detail)


def _parent(document: Document, detail: ErrorDetails) -> Path:
    return _real_path(document.data, detail)[:-1]


def _leave_out(data: Any, detail: ErrorDetails, unread: set[Path]) -> bool:
    """Delete what a problem is about from the data; False when the whole depends on it."""
    path = _real_path(data, detail)
    if path and detail["type"] in CONSEQUENCES:
        # The object without it is worth nothing: leave out sites/S/routers/R, sites/S, clouds/C.
        path = path[: 4 if path[0] == "sites" and len(path) > 4 else 2]
        if len(path) < 2 or path[0] not in INCLUDABLE:
            return False
    # A list goes as a whole: without one of its items the others would shift.
    path = next((path[:i] for i, step in enumerate(path) if isinstance(step, int)), path)
    if not path:
        return False
    unread.add(path)
    _delete(data, path)
    return True


def _delete(data: Any, path: Path) -> None:
    for step in path[:-1]:
        data = data[step] if not isinstance(data, dict) else data.get(step, {})
    if isinstance(data, dict):
        data.pop(path[-1], None)


def _real_path(data: Any, detail: ErrorDetails) -> Path:
    """Drop from pydantic's location what is no key of the data: tags of unions, `[key]`."""
    path: list[str | int] = []
    last = len(detail["loc"]) - 1
    for i, step in enumerate(detail["loc"]):
        absent = i == last and detail["type"] == "missing"
        if isinstance(data, dict) and (step in data or absent):
            path.append(step)
            data = data.get(str(step))
        elif isinstance(data, list) and isinstance(step, int) and step < len(data):
            path.append(step)
            data = data[step]
    return tuple(path)


def _problem(document: Document, detail: ErrorDetails) -> Problem:
    path = _real_path(document.data, detail)
    about_key = detail["loc"][-1:] == ("[key]",)
    context = detail.get("ctx", {})
    match detail["type"]:
        case "fabric":
            return document.problem(
                path, context["code"], context["message"], context["hint"], key=about_key
            )
        case "extra_forbidden":
            known = _known_keys(document.data, path[:-1])
            hint = nearest(str(path[-1]), known)
            return document.problem(path, "E101", f"unknown key {path[-1]!r}", hint, key=True)
        case "missing":
            return document.problem(path[:-1], "E102", f"{path[-1]!r} is missing", key=True)
        case "union_tag_not_found":
            return document.problem(path, "E102", "'protocol' is missing", "eigrp or bgp", key=True)
        case "union_tag_invalid":
            message = f"protocol cannot be {context.get('tag')!r}"
            return document.problem((*path, "protocol"), "E217", message, "one of eigrp, bgp")
        case "too_short":
            message = f"{path[-1]!r} is empty" if path else "nothing stands here"
            return document.problem(path, "E107", message, "add one, or remove the whole", key=True)
        case _:
            return document.problem(path, "E103", _plain(detail), "")


_PLAIN = {
    "dict_type": "a mapping (key: value) must stand here",
    "model_type": "a mapping (key: value) must stand here",
    "model_attributes_type": "a mapping (key: value) must stand here",
    "tuple_type": "a list must stand here",
}


def _plain(detail: ErrorDetails) -> str:
    return _PLAIN.get(detail["type"], detail["msg"])


def _known_keys(data: Any, path: Path) -> tuple[str, ...]:
    """List the keys that may stand at a path, by walking the model."""
    kind: type[BaseModel] = model.Fabric
    steps = [str(step) for step in path]
    for i, step in enumerate(steps):
        below = _SHAPE.get((kind, step)) or _SHAPE.get((kind, "*"))
        if below is None and kind is model.Cloud and step == "routing":
            here = data
            for earlier in steps[: i + 1]:
                here = here.get(earlier, {}) if isinstance(here, dict) else {}
            bgp = isinstance(here, dict) and here.get("protocol") == "bgp"
            below = model.BgpRouting if bgp else model.EigrpRouting
        kind = below or kind
    extra = ("include",) if kind is model.Fabric else ()
    return (*kind.model_fields, *extra)


def _shapes() -> Iterator[tuple[tuple[type[BaseModel], str], type[BaseModel]]]:
    yield (model.Fabric, "transports"), model.Transport
    yield (model.Fabric, "clouds"), model.Cloud
    yield (model.Fabric, "sites"), model.Site
    yield (model.Fabric, "roles"), model.Roles
    yield (model.Roles, "hub"), model.RoleSettings
    yield (model.Roles, "spoke"), model.RoleSettings
    yield (model.Site, "routers"), model.Router
    yield (model.Router, "clouds"), model.Attachment
    yield (model.Cloud, "nhrp"), model.Nhrp
    yield (model.Cloud, "ipsec"), model.Ipsec
    yield (model.Ipsec, "auth"), model.Auth
    yield (model.Ipsec, "dpd"), model.Dpd


_SHAPE = dict(_shapes())
"""(object, key) -> object below; a name of a transport, cloud, site or router is passed over."""
