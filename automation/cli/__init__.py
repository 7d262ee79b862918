"""The command line: `main` is the door, one module a group of commands."""

from automation.cli.program import main

__all__ = ["main"]
