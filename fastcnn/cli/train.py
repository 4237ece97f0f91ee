"""``fastcnn train``: train a model on a data set, save it and draw what it learned."""

import shlex
import sys
from contextlib import nullcontext

import numpy as np

from fastcnn import callbacks, data, layers, models, plot
from fastcnn.cli import augmentation, options, recipe, sources
from fastcnn.cli.evaluate import check_classes, line, measure, names
from fastcnn.cli.output import printable, tell, width
from fastcnn.cli.signals import as_interrupt
from fastcnn.extras import require


def add(subcommands):
    """Declare the command."""
    parser = subcommands.add_parser(
        "train",
        usage="%(prog)s MODEL [OPTION ...]",
        help="train a model on a data set",
        description="Train a new model, or a saved one further, and print loss and accuracy of "
        "every epoch. The same seed gives the same model, for any number of threads.",
    )
    options.add_model(parser, "train")
    options.add_threads(parser)
    parser.add_argument(
        "--seed",
        type=options.integer(0, 2**63 - 1),
        default=0,
        metavar="N",
        help="of first weights, shuffling and augmentation (default: %(default)s)",
    )
    _add_images(parser.add_argument_group("images"))
    augmentation.add(parser)
    recipe.add(parser)
    _add_tuning(parser.add_argument_group("fine-tuning of a saved model"))
    _add_end(parser.add_argument_group("stopping and going on"))
    _add_files(parser.add_argument_group("results"))
    return parser


def _add_images(group):
    sources.add(group)
    group.add_argument(
        "--validation",
        type=options.number(0, 1),
        default=0.0,
        metavar="SHARE",
        help="share of the training images that is held out and measured after every epoch "
        "(default: 0, and the test images are)",
    )
    options.add_flag(
        group, "--balance", "count all classes the same, however many images they have"
    )


def _add_tuning(group):
    options.add_flag(
        group, "--new-head", "replace the last layer by a new one, for the classes of the images"
    )
    group.add_argument(
        "--freeze",
        metavar="NAMES",
        help="keep parameters as they are: patterns of names with commas between them, such as "
        "'0.*,3.*' (default: none)",
    )


def _add_end(group):
    group.add_argument(
        "--patience",
        type=options.integer(1, 100_000),
        metavar="N",
        help="stop after so many epochs in a row without a lower validation loss, and go back to "
        "the weights of the best epoch (default: never)",
    )
    group.add_argument(
        "--checkpoint",
        metavar="FILE",
        help="write all there after every epoch, and at Ctrl-C, that is needed to go on (default: "
        "do not)",
    )
    options.add_flag(
        group,
        "--resume",
        "go on from the checkpoint, if it is there, with the same options; the end is, bit for "
        "bit, that of a training without a pause",
    )


def _add_files(group):
    for name, what in (
        ("--out", "save the model there, as safetensors"),
        ("--plot", "draw curves, filters and predictions there, as PNG"),
        ("--log", "write the numbers of every epoch there, as CSV"),
    ):
        group.add_argument(name, metavar="FILE", help=f"{what} (default: do not)")
    options.add_overwrite(group)


def run(arguments):
    """Train, save and draw; tell on standard error how it goes."""
    _check_outputs(arguments)
    options.set_threads(arguments)
    rng = np.random.default_rng(arguments.seed)
    model, images = _prepare(arguments, rng)
    tell(model.summary(arguments.batch_size, width=width(sys.stderr)))
    tell(f"\n{len(images.training):,} training images, {len(images.test):,} test images\n")
    loader, held_out = _loaders(arguments, images, rng)
    try:
        with as_interrupt():
            history = model.fit(
                loader,
                epochs=arguments.epochs,
                optimizer=recipe.optimizer(arguments),
                loss=recipe.loss(arguments),
                validation_data=held_out,
                callbacks=_callbacks(arguments),
                checkpoint=arguments.checkpoint,
                resume=bool(arguments.resume),
                rng=rng,
            )
    except KeyboardInterrupt:
        _keep(arguments, model)
        raise
    facts = {"epochs": history.epochs}
    with nullcontext() if arguments.average is None else model.averaged():
        facts["test"] = measure(model, images.test, names(model, images))
        if arguments.out is not None:
            model.save(arguments.out)
        if arguments.plot is not None:
            x, y = sources.some(images.test)
            plot.report(model, history, x, y, arguments.plot)
    return facts | _files(arguments)


def text(facts, _width):
    """How well the model does, and where its files are."""
    files = [f"{name} in {printable(path)}" for name, path in facts["files"].items()]
    return "\n".join([line(facts["test"]), *files])


def _files(arguments):
    """The files that were written, by what they are."""
    named = {
        "model": arguments.out,
        "plot": arguments.plot,
        "log": arguments.log,
        "checkpoint": arguments.checkpoint,
    }
    return {"files": {name: path for name, path in named.items() if path is not None}}


def _check_outputs(arguments):
    """Nothing is trained that could not be kept."""
    for name, path in _files(arguments)["files"].items():
        goes_on = arguments.resume and name in ("checkpoint", "log")
        options.check_output(path, arguments.overwrite or goes_on)
    if arguments.resume and arguments.checkpoint is None:
        raise ValueError("--resume needs --checkpoint, the file to go on from")
    if arguments.plot is not None:
        require("matplotlib", extra="plot")


def _prepare(arguments, rng):
    """The model and the images; a new model takes their size and the number of their classes."""
    if arguments.model in models.__all__:
        if arguments.new_head:
            raise ValueError(f"--new-head is for a saved model: got {arguments.model}")
        images = sources.load(arguments, None, rng)
        sizes = {"input_shape": images.training.shape, "classes": len(images.classes)}
        model = options.open_model(arguments, rng, **sizes)
    else:
        model = options.open_model(arguments, rng)
        images = sources.load(arguments, model.input_shape, rng)
        if arguments.new_head:
            model = model.replace_head(layers.Dense(len(images.classes)), rng)
    if arguments.freeze is not None:
        model.freeze(*arguments.freeze.split(","))
    check_classes(model, images)
    if model.class_names is None and model.output_shape == (len(images.classes),):
        model.class_names = images.classes
    return model, images


def _loaders(arguments, images, rng):
    """The batches of the training, and what is measured after every epoch."""
    training, held_out = images.training, images.test
    if arguments.validation:
        training, held_out = data.split(training, share=arguments.validation, rng=rng)
    if arguments.balance and arguments.mixup is not None:
        raise ValueError("--balance is not for --mixup, whose images are of two classes each")
    weights = data.class_weights(training.labels)[training.labels] if arguments.balance else None
    loader = data.Loader(
        training,
        batch_size=arguments.batch_size,
        rng=rng,
        augment=augmentation.augmentation(arguments, training.shape),
        mix=augmentation.mix(arguments, len(images.classes)),
        weights=weights,
    )
    return loader, held_out


def _callbacks(arguments):
    logs = [] if arguments.log is None else [callbacks.CSVLog(arguments.log)]
    if arguments.patience is None:
        return logs
    return [*logs, callbacks.EarlyStopping(patience=arguments.patience)]


def _keep(arguments, model):
    """After Ctrl-C: save what there is, and say how to go on."""
    if arguments.checkpoint is not None:
        again = "the same command with --resume"
    elif arguments.out is not None:
        model.save(arguments.out)
        again = shlex.join(["fastcnn", "train", arguments.out])
    else:
        return
    tell(f"\nsaved as it is; to go on: {again}")
