"""``groundup trials``: blocks of walking by a recipe, with a target of the person's own baseline."""

import math
import queue
import time
from contextlib import suppress

import click
from rich.console import Console
from rich.live import Live
from rich.text import Text

from groundup.cli.keys import keys
from groundup.cli.output import say
from groundup.trials.recipe_run import RecipeRun

_EVERY_S = 0.05
_JOIN_S = 8.0  # one hears already, live or a recorder; the other, too, when this has passed
_DELIVERED_S = 0.5  # LSL does not say when a sample has reached the recorder, and drops what has not with its outlet
_ORDERS = {" ": "block_start", "e": "block_end", "b": "block_again"}
_KEYS = "space begin the next block   e end this one   b walk the last one again   q quit"


@click.command()
@click.argument("recipe", required=False)
@click.option(
    "--auto",
    "by_itself",
    is_flag=True,
    help="Begin each block by itself, 8 s after live and a recorder are there.",
)
@click.option("--from", "first", metavar="BLOCK", help="Begin with this block, as after a break.")
@click.option(
    "--baseline",
    "baselines",
    multiple=True,
    metavar="SIDE=VALUE",
    help="With --from: the person's baseline, as the run before said it (L=0.31; =0.31 of no side).",
)
def trials(recipe: str | None, by_itself: bool, first: str | None, baselines: tuple[str, ...]) -> None:
    """Walk a RECIPE: a TOML file, or the name of an installed one (no RECIPE lists them).

    Needs a live analysis (groundup live, or record with [live]) that measures the recipe's metric, and a recorder that
    is to keep the trials. The person sees the target on the page /walker of groundup view. It hurts no recording: when
    it ends, the recording goes on.
    """
    from groundup.trials.recipe import installed_recipes, parse_recipe, read_recipe

    if recipe is None:
        for name, text in installed_recipes().items():
            known = parse_recipe(text, name)
            click.echo(f"{name:16} {known.title} ({known.metric}). {known.source}")
        return
    run = RecipeRun(read_recipe(recipe))
    _continue(run, first, baselines)
    check_metric(run.recipe.metric)
    _walk(run, by_itself)
    if not run.done and run.block is not None:
        of = "".join(f" --baseline {side}={found.value:.6g}" for side, found in run.baselines.items())
        say(f'to go on: groundup trials {recipe} --from "{run.block.name}"{of}')


def _continue(run: RecipeRun, first: str | None, baselines: tuple[str, ...]) -> None:
    """Put a run to where another one ended."""
    from groundup.trials.target import Baseline

    names = [block.name for block in run.recipe.blocks]
    if first is not None:
        if first not in names:
            raise click.UsageError(f"the recipe has no block {first!r}; it has: {', '.join(names)}")
        run.place = names.index(first)
    for text in baselines:
        side, sign, value = text.partition("=")
        with suppress(ValueError):
            if sign and side in ("L", "R", "") and math.isfinite(float(value)):
                run.baselines[side] = Baseline(float(value), 0)  # type: ignore[index]  # one of the three
                continue
        raise click.UsageError(f"--baseline {text!r} is not SIDE=VALUE, such as L=0.31")


def check_metric(name: str) -> None:
    """Refuse a metric that no installed plugin measures."""
    from groundup.lab.errors import nearest
    from groundup.plugin.manager import plugins

    metrics = plugins().metrics
    if name not in metrics:
        raise click.ClickException(f"no installed plugin measures {name!r}{nearest(name, metrics)}")


def _walk(run: RecipeRun, by_itself: bool) -> None:
    """From the first block to the last, or until the operator quits."""
    from groundup import lsl
    from groundup.lsl.stream_names import LIVE_METRICS
    from groundup.lsl.targets import TargetOutlet
    from groundup.lsl.trial_control import TrialControl
    from groundup.trials.session import RecipeSession
    from groundup.web.streams import Feeds

    feeds, control, pressed = Feeds(f"name='{LIVE_METRICS}'"), TrialControl(), queue.SimpleQueue[str]()
    since = math.inf
    screen = Live(console=Console(stderr=True), auto_refresh=False)
    session = RecipeSession(run, control, TargetOutlet(), lambda text: screen.console.print(text, highlight=False))
    try:
        with keys(pressed.put), screen, suppress(KeyboardInterrupt):
            while not run.done:
                key, now = _key(pressed), lsl.clock()
                if key == "q":
                    break
                ready = feeds.feeds and control.has_listener()
                since = min(since, now) if ready else math.inf
                order = _ORDERS.get(key, "block_start" if by_itself and now >= since + _JOIN_S else "")
                session.order(order, now)
                session.step(now, feeds.poll().metrics)
                screen.update(_shown(run, now, bool(feeds.feeds), control.has_listener()), refresh=True)
                time.sleep(_EVERY_S)  # a program of its own: it draws twenty times a second
        if run.runs:
            control.stop_trial()
            say("the block that ran was ended; its trial is in the recording")
        time.sleep(_DELIVERED_S)
    finally:
        feeds.close()


def _key(pressed: "queue.SimpleQueue[str]") -> str:
    try:
        return pressed.get_nowait().lower()
    except queue.Empty:
        return ""


def _shown(run: RecipeRun, now: float, live: bool, heard: bool) -> Text:
    """What stands on the screen."""
    block = run.block
    if block is None:
        return Text("done", "bold")
    number = f"block {run.place + 1} of {len(run.recipe.blocks)}: {block.name}"
    known = [v for v in run.values() if math.isfinite(v.value)]
    if run.runs:
        state = f"{number}, {max(run.left_s(now), 0):.0f} s left, {len(known)} values"
        if known:
            state += f", the last {known[-1].value:.4g} {run.unit}, {now - known[-1].time:.1f} s old"
    else:
        state = f"{number}: its last values are waited for" if run.settles else f"next: {number} ({block.seconds:g} s)"
    text = Text(state + "\n", "bold")
    if not live:
        text.append(f" ! nothing measures {run.recipe.metric} live: groundup live, or [live] in lab.toml\n", "yellow")
    if not heard:
        text.append(" ! no recorder listens: nothing of this is kept\n", "yellow")
    return text.append(_KEYS, "dim")
