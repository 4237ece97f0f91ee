"""``fastcnn info``: version, instruction sets, threads and how the package was built."""

import textwrap

import fastcnn


def add(subcommands):
    """Declare the command."""
    return subcommands.add_parser(
        "info",
        usage="%(prog)s [OPTION ...]",
        help="show version, instruction sets and threads",
        description="Show the version, the instruction sets of this CPU and the one chosen, the "
        "number of threads and why it is that, and how the package was built.",
    )


def run(arguments):
    """Ask the package."""
    return fastcnn.build_info()


def text(facts, width):
    """A paragraph per fact."""
    margin, lines = max(map(len, facts)) + 2, []
    for name, value in facts.items():
        shown = ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
        folded = (
            [shown]
            if width is None
            else textwrap.wrap(shown, max(1, width - margin), break_on_hyphens=False)
        )
        lines += [f"{name if part is folded[0] else '':{margin}}{part}" for part in folded or [""]]
    return "\n".join(line.rstrip() for line in lines)
