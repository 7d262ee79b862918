"""The virtual clock: order, replacing, cancelling."""

import copy

from labs.twin.chance import Chance, seed_of
from labs.twin.clock import Clock, Due


def drain(clock: Clock, until: float = 1e9) -> list[tuple[float, str, str, str]]:
    popped = []
    while (due := clock.pop(until)) is not None:
        popped.append((due.at, due.owner, due.kind, due.key))
    return popped


def test_equal_times_run_in_the_order_they_were_asked_for() -> None:
    clock = Clock()
    for name in ("c", "a", "b"):
        clock.arm(5.0, name, "hello")
    assert [entry[1] for entry in drain(clock)] == ["c", "a", "b"]


def test_a_second_timer_of_the_same_name_replaces_the_first() -> None:
    clock = Clock()
    clock.arm(5.0, "r1", "hold", "x")
    clock.arm(3.0, "r1", "hold", "x")
    assert drain(clock) == [(3.0, "r1", "hold", "x")]


def test_a_timer_moved_later_goes_off_once_at_the_later_time() -> None:
    clock = Clock()
    clock.arm(5.0, "r1", "hold", "x")
    clock.arm(6.0, "r1", "other")
    clock.arm(9.0, "r1", "hold", "x")
    assert drain(clock) == [(6.0, "r1", "other", ""), (9.0, "r1", "hold", "x")]


def test_a_timer_moved_later_keeps_its_turn_among_equals() -> None:
    clock = Clock()
    clock.arm(5.0, "r1", "first")
    clock.arm(9.0, "r1", "second")
    clock.arm(9.0, "r1", "first")
    assert [entry[2] for entry in drain(clock)] == ["second", "first"]


def test_a_timer_moved_back_and_forth_goes_off_at_the_last_wish() -> None:
    clock = Clock()
    for at in (5.0, 9.0, 2.0, 7.0):
        clock.arm(at, "r1", "hold")
    assert drain(clock) == [(7.0, "r1", "hold", "")]


def test_a_cancelled_timer_never_goes_off() -> None:
    clock = Clock()
    clock.arm(5.0, "r1", "hold")
    clock.arm(6.0, "r1", "hello")
    clock.cancel("r1", "hold")
    clock.cancel("r1", "never armed")
    assert drain(clock) == [(6.0, "r1", "hello", "")]


def test_a_timer_can_be_armed_again_after_it_was_cancelled() -> None:
    clock = Clock()
    clock.arm(5.0, "r1", "hold")
    clock.cancel("r1", "hold")
    clock.arm(7.0, "r1", "hold")
    assert drain(clock) == [(7.0, "r1", "hold", "")]


def test_cancelling_an_owner_leaves_the_others() -> None:
    clock = Clock()
    clock.arm(1.0, "r1", "a")
    clock.arm(2.0, "r2", "a")
    clock.cancel_owner("r1")
    assert drain(clock) == [(2.0, "r2", "a", "")]


def test_time_moves_only_when_something_is_popped_or_advanced() -> None:
    clock = Clock()
    clock.arm(5.0, "r1", "a")
    assert clock.pop(4.0) is None
    assert clock.now == 0.0
    clock.advance(4.0)
    assert clock.now == 4.0
    assert clock.pop(10.0) == Due(5.0, "r1", "a", "")
    assert clock.now == 5.0


def test_a_time_in_the_past_means_now() -> None:
    clock = Clock(now=10.0)
    clock.arm(3.0, "r1", "a")
    assert clock.next_at() == 10.0


def test_posts_carry_data_and_are_all_delivered() -> None:
    clock = Clock()
    clock.post(2.0, "r1", "packet", "second")
    clock.post(1.0, "r1", "packet", "first")
    assert [clock.pop(9.0).data for _ in range(2)] == ["first", "second"]  # type: ignore[union-attr]


def test_cancelled_timers_do_not_pile_up() -> None:
    clock = Clock()
    for number in range(10_000):
        clock.arm(1000.0 + number, "r1", "t", str(number))
        clock.cancel("r1", "t", str(number))
    assert len(clock.heap) < 200


def test_a_hold_timer_pushed_away_by_hellos_costs_one_entry() -> None:
    clock = Clock()
    for number in range(1000):
        clock.arm(15.0 + number, "r1", "hold", "peer")
    assert len(clock.heap) == 1
    assert clock.due_at("r1", "hold", "peer") == 1014.0


def test_a_copy_runs_on_its_own() -> None:
    clock = Clock()
    clock.arm(5.0, "r1", "a")
    other = copy.deepcopy(clock)
    assert drain(other) == drain(clock)


def test_chance_repeats_for_a_seed_and_differs_between_seeds() -> None:
    draws = [Chance(seed_of(1, "r1")).number() for _ in range(2)]
    assert draws[0] == draws[1]
    assert draws[0] != Chance(seed_of(1, "r2")).number()
    chance = Chance(7)
    assert all(0.0 <= chance.fraction() < 1.0 for _ in range(1000))
