"""``fastcnn info``: version, instruction sets, threads and how the package was built."""

import fastcnn


def add(subcommands):
    """Declare the subcommand."""
    parser = subcommands.add_parser(
        "info",
        help="show version, instruction sets and threads",
        description="Show the version, the instruction sets of this CPU and the one chosen, the "
        "number of threads and why it is that, and how the package was built.",
    )
    parser.set_defaults(run=run)


def run(arguments):
    """Print one line per fact."""
    facts = fastcnn.build_info()
    width = max(map(len, facts))
    for name, value in facts.items():
        shown = ", ".join(map(str, value)) if isinstance(value, list | tuple) else value
        print(f"{name:{width}}  {shown}")
