"""Depthwise convolution: every pass over the layers of MobileNet."""

import pytest
from cases import SUITES


@pytest.mark.parametrize("case", SUITES["depthwise"], ids=str)
def test_depthwise(case, clock):
    clock(case)
