"""Commands on the intent: validate, render, schema. None of them talks to a device."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from automation.cli.options import Options, options_of
from automation.cli.output import put, put_json, say
from automation.cli.project import Project

if TYPE_CHECKING:
    from automation.fabric.views import DeviceView


def register(app: typer.Typer) -> None:
    """Add the commands to the program."""
    app.command()(validate)
    app.command()(render)
    app.command()(schema)


def validate(context: typer.Context) -> None:
    """Check fabric.yaml and the inventory; show every error with its place."""
    from automation.fabric.problems import InvalidFabric

    options = options_of(context)
    project = Project(options)
    try:
        views = project.views
    except InvalidFabric as error:
        if options.json:
            put_json(_problems(error))
        raise
    if options.json:
        put_json({"schema": "dmvpn.validate/1", "errors": [], "devices": list(views)})
        return
    clouds, sites = len(project.fabric.clouds), len(project.fabric.sites)
    put(f"{project.inventory}: no errors ({clouds} clouds, {sites} sites, {len(views)} routers)")


def _problems(error: Exception) -> dict[str, object]:
    problems = getattr(error, "problems", ())
    keys = ("file", "line", "column", "code", "message", "hint")
    rows = [{key: getattr(problem, key) for key in keys} for problem in problems]
    return {"schema": "dmvpn.validate/1", "errors": rows, "devices": []}


def render(
    context: typer.Context,
    device: Annotated[str, typer.Argument(help="One device; all of them if left out.")] = "",
) -> None:
    """Show the intended lines of a device, secrets as tokens."""
    from automation.config.render import render as lines_of

    options = options_of(context)
    views = _chosen(Project(options), device)
    texts = {name: lines_of(view) for name, view in views.items()}
    if options.json:
        put_json({"schema": "dmvpn.render/1", "devices": texts})
        return
    for name, text in texts.items():
        if len(texts) > 1:
            put(f"! {name}")
        put(text)


def _chosen(project: Project, device: str) -> dict[str, DeviceView]:
    from automation.errors import UsageError

    names = [device] if device else project.names()
    if device and device not in project.views:
        raise UsageError(
            f"the fabric has no device {device!r}", hint=f"devices: {', '.join(project.views)}"
        )
    return {name: project.views[name] for name in names}


def schema(context: typer.Context) -> None:
    """Print the JSON Schema of fabric.yaml, for editors."""
    from automation.fabric.model import Fabric

    _quiet(options_of(context))
    put_json(Fabric.model_json_schema())


def _quiet(options: Options) -> None:
    say(
        "save it, and name it in fabric.yaml: # yaml-language-server: $schema=FILE",
        quiet=options.quiet,
    )
