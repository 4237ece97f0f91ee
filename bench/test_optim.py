"""One update of all parameters of a network."""

import pytest
from cases import SUITES


@pytest.mark.parametrize("case", SUITES["optim"], ids=str)
def test_optim(case, clock):
    clock(case)
