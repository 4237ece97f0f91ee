"""Transposed convolution: every pass."""

import pytest
from cases import SUITES


@pytest.mark.parametrize("case", SUITES["conv_transpose"], ids=str)
def test_conv_transpose(case, clock):
    clock(case)
