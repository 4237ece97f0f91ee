"""Convolution of series: every pass."""

import pytest
from cases import SUITES


@pytest.mark.parametrize("case", SUITES["conv1d"], ids=str)
def test_conv1d(case, clock):
    clock(case)
