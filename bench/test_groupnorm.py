"""Group and layer normalisation and their way back."""

import pytest
from cases import SUITES


@pytest.mark.parametrize("case", SUITES["groupnorm"], ids=str)
def test_groupnorm(case, clock):
    clock(case)
