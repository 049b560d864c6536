"""Which page of a list, and how a page of anything is cut."""

from collections.abc import Sequence
from typing import TypedDict, TypeVar

from pydantic import BaseModel, Field

Item = TypeVar("Item")


class PageQuery(BaseModel):
    """Which page of a list."""

    page: int = Field(1, ge=1)
    limit: int = Field(50, ge=1, le=100)

    @property
    def offset(self) -> int:
        """How many items lie before the page."""
        return (self.page - 1) * self.limit


class Figures(TypedDict):
    """What stands beside the data of a page."""

    total: int
    page: int
    limit: int


def figures(query: PageQuery, total: int) -> Figures:
    """The figures of a page out of `total` items."""
    return Figures(total=total, page=query.page, limit=query.limit)


def page_of(query: PageQuery, items: Sequence[Item]) -> Sequence[Item]:
    """The items of the page."""
    return items[query.offset : query.offset + query.limit]
