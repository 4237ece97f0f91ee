"""Losses, each with its gradient, and softmax."""

import pytest
from cases import SUITES


@pytest.mark.parametrize("case", SUITES["loss"], ids=str)
def test_loss(case, clock):
    clock(case)
