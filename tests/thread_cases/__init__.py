"""Operations on random sizes, and how many of each: function of a random generator -> count.

The function draws sizes and numbers; what it returns computes all passes on them.
"""

from thread_cases import conv, dense, elementwise, norm, pool

CASES = {
    **conv.CASES,
    **dense.CASES,
    **elementwise.CASES,
    **norm.CASES,
    **pool.CASES,
}
