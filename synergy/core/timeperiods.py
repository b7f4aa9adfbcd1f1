"""Timeperiods as numbers: a period of a qualifier is an ordinal, and casting, stepping and spans are arithmetic.

Ordinals count from 1970: hours and days since the epoch, months and years since January 1970; all UTC (DOMAIN: 3).
"""

from __future__ import annotations

from enum import StrEnum


class Qualifier(StrEnum):
    """How long a period is; from the finest to the coarsest."""

    HOURLY = "hourly"
    DAILY = "daily"
    MONTHLY = "monthly"
    YEARLY = "yearly"
