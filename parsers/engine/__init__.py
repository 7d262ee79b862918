"""Text -> rows, by templates in the TextFSM language; knows no command and no record."""

from parsers.engine.run import Cell
from parsers.engine.template import Row, Template

__all__ = ["Cell", "Row", "Template"]
