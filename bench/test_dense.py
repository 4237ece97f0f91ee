"""Dense layers: every pass over those of known networks."""

import pytest
from cases import SUITES


@pytest.mark.parametrize("case", SUITES["dense"], ids=str)
def test_dense(case, clock):
    clock(case)
