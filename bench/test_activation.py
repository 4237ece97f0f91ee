"""Elementwise functions and PReLU: forward, and the way back."""

import pytest
from cases import SUITES


@pytest.mark.parametrize("case", SUITES["activation"], ids=str)
def test_activation(case, clock):
    clock(case)
