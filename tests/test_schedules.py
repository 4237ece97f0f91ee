"""Schedules: values at moments that can be told by hand, continuity, refusals."""

import itertools
import math

import pytest

from fastcnn import schedules

MOMENTS = [i / 64 for i in range(65)]


def test_constant():
    assert {schedules.constant(0.25)(moment) for moment in MOMENTS} == {0.25}


def test_cosine():
    lr = schedules.cosine(0.5, final=0.25)
    assert [lr(0), lr(0.5), lr(1)] == [0.5, 0.375, 0.25]
    assert lr(1 / 3) == pytest.approx(0.25 + 0.25 * 0.75)
    values = [lr(moment) for moment in MOMENTS]
    assert values == sorted(values, reverse=True)


@pytest.mark.parametrize("at", [(0.5, 0.75), [0.25], (), (0.0, 1.0)])
def test_step_is_constant_between_its_moments(at):
    lr = schedules.step(0.5, factor=0.25, at=at)
    for moment in MOMENTS:
        assert lr(moment) == 0.5 * 0.25 ** sum(moment >= each for each in at)


@pytest.mark.parametrize("peak", [0, 0.25, 0.5, 1])
def test_one_cycle_is_highest_at_its_peak(peak):
    lr = schedules.one_cycle(0.5, start=0.25, final=0.125, peak=peak)
    values = [lr(moment) for moment in MOMENTS]
    assert max(values) == lr(peak) == 0.5
    assert values[0] == (0.125 if peak else 0.5)
    assert values[-1] == (0.0625 if peak < 1 else 0.5)
    steps = [b - a for a, b in itertools.pairwise(values)]
    assert max(map(abs, steps)) < 0.5 * math.pi / 2 / 64 / min(p for p in (peak, 1 - peak) if p)


@pytest.mark.parametrize("share", [0, 0.25, 0.5])
def test_warm_up_goes_straight_up_then_gives_the_whole_schedule(share):
    lr, then = schedules.warm_up(schedules.cosine(0.5), share), schedules.cosine(0.5)
    for moment in MOMENTS:
        if moment < share:
            assert lr(moment) == 0.5 * moment / share
        else:
            assert lr(moment) == then((moment - share) / (1 - share))


def test_warm_up_takes_a_number():
    lr = schedules.warm_up(0.5, 0.25)
    assert [lr(0), lr(0.125), lr(0.25), lr(1)] == [0, 0.25, 0.5, 0.5]


@pytest.mark.parametrize(
    ("name", "arguments", "error", "words"),
    [
        ("constant", {"lr": -1}, ValueError, ["lr", "-1"]),
        ("constant", {"lr": "fast"}, TypeError, ["lr", "fast"]),
        ("cosine", {"lr": 1, "final": math.nan}, ValueError, ["final", "nan"]),
        ("step", {"lr": math.inf}, ValueError, ["lr", "inf"]),
        ("step", {"lr": 1, "factor": -0.5}, ValueError, ["factor", "-0.5"]),
        ("step", {"lr": 1, "at": [0.5, 1.5]}, ValueError, ["at", "1.5"]),
        ("step", {"lr": 1, "at": [0.5, 0.5]}, ValueError, ["at", "increase", "0.5"]),
        ("step", {"lr": 1, "at": 0.5}, TypeError, ["at", "0.5"]),
        ("one_cycle", {"lr": 1, "start": 2}, ValueError, ["start", "2"]),
        ("one_cycle", {"lr": 1, "final": -1}, ValueError, ["final", "-1"]),
        ("one_cycle", {"lr": 1, "peak": 1.5}, ValueError, ["peak", "1.5"]),
        ("warm_up", {"lr": 1, "share": 1}, ValueError, ["share", "1"]),
        ("warm_up", {"lr": None}, TypeError, ["lr", "None"]),
    ],
)
def test_refuses(name, arguments, error, words):
    with pytest.raises(error) as caught:
        getattr(schedules, name)(**arguments)
    for word in words:
        assert word in str(caught.value)
