"""Dropout; the way back draws the same elements again."""

import pytest
from cases import SUITES


@pytest.mark.parametrize("case", SUITES["dropout"], ids=str)
def test_dropout(case, clock):
    clock(case)
