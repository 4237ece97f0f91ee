"""Floor 2: from layers to a program.

Layers append symbolic operations (`ops`) on symbolic tensors to a `Planner`. A `Plan` lowers each
to calls of kernels, forward and then backward in reverse, finds out from when to when each buffer
lives, places all of them in one arena, and binds the kernels to it. Passes over the list of
operations, such as fusion, go between recording and lowering.
"""
