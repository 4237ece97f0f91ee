"""Convolution: every pass over the convolutions of known networks."""

import pytest
from cases import SUITES


@pytest.mark.parametrize("case", SUITES["conv"], ids=str)
def test_conv(case, clock):
    clock(case)
