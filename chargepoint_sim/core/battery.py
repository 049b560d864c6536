"""How a battery takes power: the state of charge over time in closed form.

What a battery accepts is a curve over its state of charge (SoC), linear between corners; a constant part
followed by a linear fall to zero and a measured table are the same thing. Along one straight piece
dSoC/dt is proportional to the power, so the power is constant where the limit binds and exponential in time
where the curve binds. `plan_segment` gives that course up to the next change; a session is a chain of such
segments and nothing ticks in between (architecture D4).

Floating point: every event is aimed half a `TOLERANCE` of SoC early and counts as reached a whole `TOLERANCE`
early, so that a plan made at the end of a segment always sees the event behind it.
"""

from dataclasses import dataclass
from itertools import pairwise
from math import exp, expm1, inf, log1p, nextafter

Curve = tuple[tuple[float, float], ...]
"""(SoC, greatest power at the outlet in W), SoC ascending; flat before the first and after the last corner."""

TOLERANCE = 1e-7
"""Share of the capacity by which an event may be missed: 6 mWh of a 60 kWh battery."""

NEGLIGIBLE_W = 1.0
"""Less is no power at all: what falls exponentially never reaches zero by itself."""

MIN_PIECE = 1e-5
"""Least distance between two corners of a curve; well above the tolerance."""

_FLAT = 1e-6
"""A piece that rises or falls by less than this share of its power per unit of SoC counts as flat."""

_SECONDS_PER_HOUR = 3600.0


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of time with one law of power: `power_w * exp(growth_per_s * (t - started_at))`, in W."""

    started_at: float
    power_w: float = 0.0
    growth_per_s: float = 0.0
    until: float = inf
    """Instant at which the law ends and a new plan is due; inf where nothing changes by itself."""

    def power_at(self, t: float) -> float:
        """W at `t`; 0 outside the segment."""
        if not self.started_at <= t <= self.until:
            return 0.0
        return self.power_w * exp(self.growth_per_s * (t - self.started_at)) if self.growth_per_s else self.power_w

    def energy_wh(self, t: float) -> float:
        """Wh delivered from the start of the segment to `t`, or to its end where `t` lies beyond; never negative."""
        elapsed_s = min(t, self.until) - self.started_at
        if self.power_w == 0.0 or elapsed_s <= 0.0:
            return 0.0
        grown = self.growth_per_s * elapsed_s
        mean_w = self.power_w * (expm1(grown) / grown) if grown else self.power_w
        return mean_w * elapsed_s / _SECONDS_PER_HOUR


def curve_flaw(curve: Curve) -> str | None:
    """What is wrong with a curve, as a sentence; None where it can be used."""
    if not curve:
        return "a charging curve needs at least one point"
    if curve[0][0] < 0.0 or curve[-1][0] > 1.0:
        return "the states of charge of a curve lie between 0 and 1"
    if any(right[0] - left[0] < MIN_PIECE for left, right in pairwise(curve)):
        return "the states of charge of a curve ascend"
    if any(power_w <= 0.0 for _, power_w in curve[:-1]) or curve[-1][1] < 0.0:
        return "the power of a curve is positive; only its last point may be zero"
    return None


def two_stage(max_power_w: float, transition_soc: float = 0.8) -> Curve:
    """Constant power up to `transition_soc` (below 1), then linear to zero at full."""
    return ((0.0, max_power_w), (transition_soc, max_power_w), (1.0, 0.0))


def accepted_power(curve: Curve, soc: float) -> float:
    """W that the battery takes at `soc`."""
    left, right = _piece(curve, soc)
    return left[1] + _slope(left, right) * (soc - left[0])


def lower_envelope(first: Curve, second: Curve) -> Curve:
    """The curve that is the lesser of both everywhere, with a corner where they cross."""
    corners = sorted({soc for soc, _ in first} | {soc for soc, _ in second})
    points: list[tuple[float, float]] = []
    before: tuple[float, float, float] | None = None
    for soc in corners:
        a, b = accepted_power(first, soc), accepted_power(second, soc)
        if before is not None:
            soc_before, a_before, b_before = before
            gap_before, gap = a_before - b_before, a - b
            if gap_before * gap < 0.0:
                share = gap_before / (gap_before - gap)
                crossing = soc_before + share * (soc - soc_before)
                if min(crossing - soc_before, soc - crossing) > MIN_PIECE:
                    points.append((crossing, a_before + share * (a - a_before)))
        points.append((soc, min(a, b)))
        before = (soc, a, b)
    return tuple(points)


def plan_segment(
    curve: Curve,
    capacity_wh: float,
    efficiency: float,
    soc: float,
    limit_w: float,
    target_soc: float,
    cutoff_w: float,
    at: float,
) -> Segment:
    """The course of power from `at` until something changes: knee, corner, target reached, or cut-off.

    `efficiency` is the share of the outlet's energy that reaches the battery. Below `cutoff_w` on a falling piece
    of the curve the battery counts as full. The next plan after the target or the cut-off has no power and no end.
    The end always lies after `at`.
    """
    if limit_w < NEGLIGIBLE_W or reached(soc, target_soc):
        return Segment(at)
    here = soc + TOLERANCE
    left, right = _piece(curve, here)
    slope = _slope(left, right)
    accepts_w = left[1] + slope * (here - left[0])
    floor_w = max(cutoff_w, NEGLIGIBLE_W)
    if accepts_w < NEGLIGIBLE_W or (slope < 0.0 and accepts_w <= floor_w):
        return Segment(at)

    ends = target_soc if right is None else min(target_soc, right[0])
    if slope and accepts_w >= limit_w:
        if slope < 0.0:
            ends = min(ends, _soc_at(left, slope, max(limit_w, floor_w)))
        slope = 0.0
    elif slope:
        ends = min(ends, _soc_at(left, slope, floor_w if slope < 0.0 else limit_w))

    start_w = min(limit_w, max(accepts_w - slope * TOLERANCE, 0.0))
    return _course(start_w, slope, ends - TOLERANCE / 2 - soc, efficiency / (capacity_wh * _SECONDS_PER_HOUR), at)


def reached(soc: float, target_soc: float) -> bool:
    """Whether `soc` counts as `target_soc` or more."""
    return soc + TOLERANCE >= target_soc


def _course(start_w: float, slope: float, gain: float, soc_per_joule: float, at: float) -> Segment:
    """The segment that starts with `start_w` on a piece of `slope` W per SoC and raises the SoC by `gain`."""
    if start_w < NEGLIGIBLE_W:
        return Segment(at)
    relative_gain = slope * gain / start_w
    if relative_gain <= -1.0:
        duration_s = inf
    else:
        stretch = log1p(relative_gain) / relative_gain if relative_gain else 1.0
        duration_s = gain / (start_w * soc_per_joule) * stretch
    until = max(at + duration_s, nextafter(at, inf))
    return Segment(at, start_w, slope * soc_per_joule, until)


def _piece(curve: Curve, soc: float) -> tuple[tuple[float, float], tuple[float, float] | None]:
    """The corners around `soc`: the one at or before it, and the next, None after the last."""
    if soc < curve[0][0]:
        return (soc, curve[0][1]), (curve[0][0], curve[0][1])
    for left, right in pairwise(curve):
        if soc < right[0]:
            return left, right
    return curve[-1], None


def _slope(left: tuple[float, float], right: tuple[float, float] | None) -> float:
    """W per unit of SoC between two corners."""
    if right is None:
        return 0.0
    slope = (right[1] - left[1]) / (right[0] - left[0])
    return slope if abs(slope) > _FLAT * left[1] else 0.0


def _soc_at(left: tuple[float, float], slope: float, power_w: float) -> float:
    """Where the line through `left` has `power_w`."""
    return left[0] + (power_w - left[1]) / slope
