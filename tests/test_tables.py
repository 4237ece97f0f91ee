"""Tables of text in terminals of any width."""

import pytest

from fastcnn import models
from fastcnn.tables import table

ROWS = [
    ("name", "two words", "count", "why"),
    ("a", "3x3, padding 1", "1,234", "because of this and that and something else"),
    ("b", "", "5", ""),
]


def test_as_wide_as_its_words():
    assert table(ROWS, "<<>") == [
        "name  two words       count  why",
        "---------------------------",
        "a     3x3, padding 1  1,234  because of this and that and something else",
        "b                         5",
        "---------------------------",
    ]
    assert table(ROWS, "<<>", 200) == table(ROWS, "<<>")


def test_notes_are_folded_first():
    assert table(ROWS, "<<>", 54) == [
        "name  two words       count  why",
        "---------------------------",
        "a     3x3, padding 1  1,234  because of this and that",
        "                             and something else",
        "b                         5",
        "---------------------------",
    ]


def test_then_they_go_below_and_columns_are_folded():
    assert table(ROWS, "<<>", 20) == [
        "name  two      count",
        "      words",
        "--------------------",
        "a     3x3,     1,234",
        "      padding",
        "      1",
        "    because of this",
        "    and that and",
        "    something else",
        "b                  5",
        "--------------------",
    ]


def test_words_stay_whole():
    assert table(ROWS, "<<>", 1) == table(ROWS, "<<>", 2)
    for word in ("padding", "1,234", "something"):
        assert any(word in line for line in table(ROWS, "<<>", 1))


@pytest.mark.parametrize("name", ["lenet5", "resnet18"])
def test_summaries_fit_into_a_terminal(name):
    model = getattr(models, name)(rng=0)
    for line in model.summary(8, algorithms=True, depth=1, width=80).splitlines():
        assert len(line) <= 80
