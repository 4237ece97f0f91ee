"""Convolution of volumes: every pass."""

import pytest
from cases import SUITES


@pytest.mark.parametrize("case", SUITES["conv3d"], ids=str)
def test_conv3d(case, clock):
    clock(case)
