"""``--config FILE``: options from a TOML file, by their long names, as command-line arguments.

    epochs = 20
    data = "cifar10"
    augment = true

What a command does not know it refuses, whether it comes from here or from the command line, which
comes later and so wins.
"""

import tomllib

from fastcnn.formats.regular import open_regular

MAX_BYTES = 1 << 20


def arguments(path, parser):
    """The options in ``path`` as arguments of a command line that ``parser`` reads.

    Raises
    ------
    OSError
        The file cannot be opened.
    ValueError
        It is no TOML, or a value is no text, number, truth value or list of these.
    """
    with open_regular(path) as file:
        content = file.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise ValueError(f"must have at most {MAX_BYTES:,} bytes: it has more")
    try:
        settings = tomllib.loads(content.decode())
    except (ValueError, RecursionError) as error:
        raise ValueError(f"must be TOML: {error}") from None
    return [_argument(name, value, parser) for name, value in settings.items()]


def _argument(name, value, parser):
    if name in ("config", "help"):
        raise ValueError(f"{name} is for the command line")
    if isinstance(value, bool):
        if f"--{name}" in parser.options() and f"--no-{name}" not in parser.options():
            raise ValueError(f"{name} must have a value: got {str(value).lower()}")
        return f"--{name}" if value else f"--no-{name}"
    values = value if isinstance(value, list) else [value]
    if any(isinstance(each, bool) or not isinstance(each, str | int | float) for each in values):
        raise ValueError(f"{name} must be text, a number, true, false or a list: got {value!r}")
    return f"--{name}={','.join(map(str, values))}"
