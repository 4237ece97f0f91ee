"""Sums of two tensors."""

import pytest
from cases import SUITES


@pytest.mark.parametrize("case", SUITES["add"], ids=str)
def test_add(case, clock):
    clock(case)
