"""Text -> rows, by templates in the TextFSM language; knows no command and no record."""

from parsers.engine.template import Cell, Row, Template

__all__ = ["Cell", "Row", "Template"]
