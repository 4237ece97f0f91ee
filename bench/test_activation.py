"""Elementwise functions: forward, and the way back from the output."""

import pytest
from cases import SUITES


@pytest.mark.parametrize("case", SUITES["activation"], ids=str)
def test_activation(case, clock):
    clock(case)
