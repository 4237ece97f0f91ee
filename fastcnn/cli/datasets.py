"""``fastcnn datasets``: the data sets that are known by name, and where they are."""

from fastcnn import data
from fastcnn.cli.output import printable
from fastcnn.tables import table


def add(subcommands):
    """Declare the command."""
    parser = subcommands.add_parser(
        "datasets",
        usage="%(prog)s [--fetch NAME] [OPTION ...]",
        help="list data sets and where they are",
        description="List the data sets that --data knows by name, and the folder of each that is "
        "on this machine. The others are downloaded when they are used first, which needs pooch "
        "(pip install 'fastcnn[data]').",
    )
    parser.add_argument(
        "--fetch",
        choices=data.DATASETS,
        metavar="NAME",
        help="download this one now, unless it is here (default: none)",
    )
    return parser


def run(arguments):
    """Look where they are."""
    if arguments.fetch is not None:
        data.DATASETS[arguments.fetch].find()
    return {"datasets": [_facts(each) for each in data.DATASETS.values()]}


def _facts(each):
    training, test = each.counts
    return {
        "name": each.name,
        "title": each.title,
        "shape": each.shape,
        "classes": each.classes,
        "training": training,
        "test": test,
        "download_bytes": each.bytes,
        "folder": None if each.place is None else str(each.place),
    }


def text(facts, width):
    """A row for each."""
    rows = [("name", "image", "classes", "training", "test", "download", "folder")]
    for each in facts["datasets"]:
        numbers = (len(each["classes"]), each["training"], each["test"])
        rows.append(
            (
                each["name"],
                "x".join(map(str, each["shape"])),
                *(f"{number:,}" for number in numbers),
                f"{each['download_bytes'] / 1e6:.0f} MB",
                "not here" if each["folder"] is None else printable(each["folder"]),
            )
        )
    return "\n".join(table(rows, "<<>>>><", width))
