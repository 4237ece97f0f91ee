"""Padding, cropping, interpolation and adaptive averages."""

import pytest
from cases import SUITES


@pytest.mark.parametrize("case", SUITES["resample"], ids=str)
def test_resample(case, clock):
    clock(case)
