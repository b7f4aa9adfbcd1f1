"""How far apart two colours are for an eye, also for one that lacks a kind of cone.

The matrices are those of Machado, Oliveira and Fernandes (2009) for a total lack, applied to linear light; the
distance is that of CIE 1976 L*a*b*: 2 is just noticeable side by side, above 20 nobody takes one for the other.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Final

SIGHTS: Final = {
    "usual": ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)),
    "protanopia": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deuteranopia": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
}
_TO_XYZ: Final = ((0.4124, 0.3576, 0.1805), (0.2126, 0.7152, 0.0722), (0.0193, 0.1192, 0.9505))
_WHITE: Final = (0.95047, 1.0, 1.08883)


def distance(one: str, other: str, sight: str) -> float:
    """How far apart ``#rrggbb`` and another are for that sight."""
    pairs = zip(_lab(one, sight), _lab(other, sight), strict=True)
    return math.hypot(*(here - there for here, there in pairs))


@lru_cache
def _lab(color: str, sight: str) -> tuple[float, float, float]:
    light = [_linear(int(color[at : at + 2], 16) / 255) for at in (1, 3, 5)]
    seen = [min(1.0, max(0.0, each)) for each in _times(SIGHTS[sight], light)]
    x, y, z = (_root(part / white) for part, white in zip(_times(_TO_XYZ, seen), _WHITE, strict=True))
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def _times(matrix: tuple[tuple[float, float, float], ...], vector: list[float]) -> list[float]:
    return [sum(factor * part for factor, part in zip(row, vector, strict=True)) for row in matrix]


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)


def _root(part: float) -> float:
    return float(part ** (1 / 3)) if part > 0.008856 else 7.787 * part + 16 / 116
