"""Where the operator is and came from: the stack of places behind the breadcrumb, and the last view."""

from __future__ import annotations

from typing import Final, NamedTuple


class Place(NamedTuple):
    """A screen's name and what it is of: ``job`` and ``FlightsDaily@2013010100``."""

    screen: str
    target: str = ""

    @property
    def crumb(self) -> str:
        """Its word in the breadcrumb: the target says more than the screen's name where there is one."""
        if self.screen == "merged":
            return f"{len(self.target.split())} logs"
        if self.screen in {"log", "logs", "diff"}:
            return f"{self.screen} {self.target}".rstrip()
        return self.target or self.screen


HOME: Final = Place("overview")


class Trail(NamedTuple):
    """Places from home to here, and the one that was left last."""

    places: tuple[Place, ...] = (HOME,)
    previous: Place | None = None

    @property
    def here(self) -> Place:
        """The visible place."""
        return self.places[-1]

    def go(self, place: Place) -> Trail:
        """Go into a place; going to one that is already on the way goes back to it."""
        if place == self.here:
            return self
        if place in self.places:
            return Trail(self.places[: self.places.index(place) + 1], self.here)
        return Trail((*self.places, place), self.here)

    def jump(self, place: Place) -> Trail:
        """Go to a place of its own, not inside the one before (``:uow``)."""
        return Trail((HOME,) if place == HOME else (HOME, place), self.here if place != self.here else self.previous)

    def back(self) -> Trail:
        """One place back; home stays home."""
        return self if len(self.places) == 1 else Trail(self.places[:-1], self.here)

    def last(self) -> Trail:
        """The last view, and from there back to this one."""
        return self if self.previous is None else self.jump(self.previous)

    def breadcrumb(self, separator: str = " › ", room: int | None = None) -> str:
        """``overview › FlightsDaily › 2013010100``, or its end behind ``…`` when it is longer than ``room``."""
        crumbs = [place.crumb for place in self.places]
        whole = separator.join(crumbs)
        while room is not None and len(whole) > room and len(crumbs) > 1:
            crumbs = crumbs[1:]
            whole = separator.join(("…", *crumbs))
        return whole
