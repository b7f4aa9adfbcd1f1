"""The made-up stream: which pages are viewed in an hour follows from the seed and the hour alone.

So whoever asks again, after a restart or in a test, is told the same events with the same ids. Ids grow with time.
"""

import json
import random
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

HOUR_SECONDS = 3600
IDS_PER_HOUR = 100_000
LAST_ID = IDS_PER_HOUR - 1
"""Of an hour; kept for an event that comes late."""
SITES = ("docs", "news", "shop")
PAGES = ("/", "/search", "/about", "/item", "/cart")
MEAN_SECONDS_ON_PAGE = 40


@dataclass(frozen=True, slots=True)
class Event:
    """One page view: ``at`` in seconds since the epoch. A session is one visit to one site, cut at the full hour."""

    event_id: int
    at: float
    session: str
    site: str
    visitor: str
    page: str

    @property
    def timeperiod(self) -> str:
        """The hour that it belongs to."""
        return timeperiod_of(self.at)

    def to_json(self) -> bytes:
        """As it travels."""
        return json.dumps(asdict(self)).encode()

    @classmethod
    def from_json(cls, body: bytes) -> "Event":
        """The event that was sent.

        Raises:
            ValueError: it is none.
        """
        try:
            event = cls(**json.loads(body))
        except TypeError as error:
            raise ValueError(str(error)) from None
        if not isinstance(event.event_id, int) or not isinstance(event.at, (int, float)):
            raise ValueError("event_id and at are numbers")  # noqa: TRY004 - one error for the caller
        return event


def timeperiod_of(at: float) -> str:
    """The hour of an instant, such as ``2013013121``."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y%m%d%H")


def start_of(timeperiod: str) -> float:
    """The first instant of an hour.

    Raises:
        ValueError: it is no hour.
    """
    return datetime.strptime(timeperiod, "%Y%m%d%H").replace(tzinfo=UTC).timestamp()


def hour_events(timeperiod: str, *, visits: int, seed: int) -> list[Event]:
    """All events of an hour in the order of time; about so many visits, half of it to half as many again."""
    chance = random.Random(f"{seed}/{timeperiod}")  # noqa: S311 - a made-up stream needs no secrets
    start = start_of(timeperiod)
    views: list[tuple[float, str, str, str, str]] = []
    for visit in range(round(visits * (0.5 + chance.random()))):
        site, visitor = chance.choice(SITES), f"visitor-{chance.randrange(1 + visits)}"
        at = chance.uniform(0, HOUR_SECONDS)
        while at < HOUR_SECONDS:
            views.append((start + round(at, 3), f"{timeperiod}.{visit}", site, visitor, chance.choice(PAGES)))
            if chance.random() < 0.3:
                break
            at += chance.expovariate(1 / MEAN_SECONDS_ON_PAGE)
    views = [view for view in sorted(views) if view[0] < start + HOUR_SECONDS]
    return [Event(int(timeperiod) * IDS_PER_HOUR + number, *view) for number, view in enumerate(views, 1)]


def late_event(timeperiod: str) -> Event:
    """One more page view of an hour, by a visitor of its own, that has the hour's highest id."""
    at = start_of(timeperiod) + HOUR_SECONDS / 2
    return Event(int(timeperiod) * IDS_PER_HOUR + LAST_ID, at, f"{timeperiod}.late", SITES[0], "visitor-late", "/")
