"""The demonstration: the main job of the program on a lab, in one command."""

import typer


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command()(demo)


def demo(context: typer.Context) -> None:
    """Build a phase 3 cloud on virtual routers, add a site, prove the shortcut."""
    raise NotImplementedError
