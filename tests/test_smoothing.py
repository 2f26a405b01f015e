"""Laws of `Smoother`: it goes straight to its target, arrives exactly, and then stands still."""

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nallely_midibridge.core.smoothing import NEAR, STEP, Smoother, next_step

ROUNDING = 1e-12

positions = st.floats(0, 1)
constants = st.floats(0.001, 10)


@given(positions, constants)
def test_the_first_target_is_reached_at_once(target: float, constant: float) -> None:
    smoother = Smoother(constant)
    smoother.aim(target, 5.0)
    assert smoother.at(5.0) == target
    assert smoother.settled(5.0)


def test_a_third_of_the_way_is_left_after_the_time_constant() -> None:
    smoother = Smoother(0.2)
    smoother.aim(0.0, 5.0)
    smoother.aim(1.0, 6.0)
    assert smoother.at(6.2) == pytest.approx(1 - 1 / math.e)
    assert smoother.at(6.4) == pytest.approx(1 - 1 / math.e**2)


@given(positions, st.lists(st.tuples(positions, st.floats(0, 0.5)), min_size=1), constants)
def test_it_goes_straight_to_its_target_and_arrives_exactly(
    first: float, targets: list[tuple[float, float]], constant: float
) -> None:
    """Law: each step is nearer to the target, none is beyond it, and the last is it."""
    smoother, now = Smoother(constant), 5.0
    smoother.aim(first, now)
    for target, pause in targets:
        here = smoother.at(now)
        smoother.aim(target, now)
        # A new target within `NEAR` counts as reached.
        assert abs(smoother.at(now) - here) <= NEAR
        way = [smoother.at(now + pause * share / 8) for share in range(9)]
        low, high = min(here, target) - ROUNDING, max(here, target) + ROUNDING
        assert all(low <= place <= high for place in way)
        assert all(abs(later - target) <= abs(earlier - target) for earlier, later in itertools.pairwise(way))
        now += pause
    now += constant * -math.log(NEAR) + 0.001
    assert smoother.at(now) == targets[-1][0]
    assert smoother.settled(now)


@given(positions, positions, constants, st.floats(0, 5))
def test_it_is_settled_when_it_is_at_its_target(first: float, target: float, constant: float, later: float) -> None:
    smoother = Smoother(constant)
    smoother.aim(first, 0.0)
    smoother.aim(target, 1.0)
    assert smoother.settled(1.0 + later) == (smoother.at(1.0 + later) == target)


@given(st.floats(0, 1e8))
def test_steps_are_common_to_all_and_never_now(now: float) -> None:
    at = next_step(now)
    assert STEP / 4 < at - now < 2 * STEP
    assert next_step(at) - at == pytest.approx(STEP, rel=0.01)
    assert round(at / STEP) * STEP == at
