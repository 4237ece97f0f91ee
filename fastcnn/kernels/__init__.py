"""Floor 3: one Cython module per family of operations.

Each module turns checked arguments into tasks (a strip of rows, a block of channels) and calls the
micro-kernels of ``src/`` for each. ``op`` says what an operation is, ``program`` runs a list of
them on all threads, ``gate`` checks every argument before a pointer is taken. Nothing here knows
about layers.
"""
