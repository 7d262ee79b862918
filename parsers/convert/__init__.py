"""Rows of text -> records, one function a command; the kind of output chooses the module."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from parsers.engine import Row
from parsers.records import Record

T = TypeVar("T", bound=Record)
Converter = Callable[[Iterable[Row]], Iterator[Record]]


def each(convert: Callable[[Row], T]) -> Callable[[Iterable[Row]], Iterator[T]]:
    """Make a converter of a function for one row."""
    return lambda rows: map(convert, rows)


@dataclass(frozen=True, slots=True)
class Placed:
    """A converter that takes the cells of a row in the order of the template.

    For the outputs of thousands of rows: a row by name takes as long to make as to read. A cell
    that was not matched is None.
    """

    columns: tuple[str, ...]
    """The order that the converter relies on; a test holds it against the template."""
    convert: Callable[[Iterable[list[Any]]], Iterator[Record]]

    def __call__(self, rows: Iterable[Any]) -> Iterator[Record]:
        """Convert the rows."""
        return self.convert(rows)


def refuse_if(wrong: bool, what: str) -> None:  # noqa: FBT001 - reads as a sentence at the call
    """Refuse a row.

    Raises:
        ValueError: it is wrong; `parse` adds the place.
    """
    if wrong:
        raise ValueError(what)
