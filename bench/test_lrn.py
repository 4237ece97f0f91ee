"""Local response normalisation and its way back."""

import pytest
from cases import SUITES


@pytest.mark.parametrize("case", SUITES["lrn"], ids=str)
def test_lrn(case, clock):
    clock(case)
