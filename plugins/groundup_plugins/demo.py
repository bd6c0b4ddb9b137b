"""``groundup demo``: the virtual lab, recorded, sealed, analysed, and held against what the walker is known to do.

Unless one strategy is asked for, a second, shorter walk by the other one follows, and the two are compared.
"""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, get_args

import click

from groundup.commands import as_json, print_json, private_session, profile_lines
from groundup.recording import Recording
from groundup_plugins.devices.virtual_lab import Walker
from groundup_plugins.devices.virtual_lab.forces import BELT_SPEED
from groundup_plugins.devices.virtual_lab.imu import SENSORS
from groundup_plugins.devices.virtual_lab.settings import Part
from groundup_plugins.devices.virtual_lab.strategy import StrategyName
from groundup_plugins.devices.virtual_lab.taps import Taps
from groundup_plugins.devices.virtual_lab.trials import BLOCK_S, CYCLE_S
from groundup_plugins.devices.virtual_lab.truth import truth_of

_MASS_KG, _HEIGHT_M, _AGE_YEARS = 70.0, 1.75, 30.0
_BANDWIDTH_HZ = 100.0  # half the rate: nothing of a virtual sensor is filtered away
_TRIALS_FROM_S = CYCLE_S + BLOCK_S  # who records for so long has each trial whole
_FAULT = 3  # exit status of `groundup record`
_OTHER_S = 15.0
"""How long the walk by the other strategy is, at most."""
_STREAMS = {
    "plate_left": "VirtualPlateLeft",
    "plate_right": "VirtualPlateRight",
    "emg": "VirtualEMG",
    **{f"imu_{s}": f"VirtualIMU_{s}" for s in SENSORS},
    "mocap": "VirtualMocap",
    "markers": "VirtualMarkers",
}
_WORK = ("ankle_work_share", "knee_work_share", "hip_work_share", "hip_ankle_ratio")
_SHOWN = (*_WORK, "glute_braking_share", "distal_absorption", "load_wave_lag", "load_wave_order", "glute_share_ratio")


@dataclass(frozen=True)
class Walk:
    """One walk to record.

    Attributes
    ----------
    strategy : {"ground_up", "proximal"}
    seconds, clock_ppm, packet_loss : float
    seed : int
    output : Path
        Folder.
    """

    strategy: StrategyName
    seconds: float
    seed: int
    clock_ppm: float
    packet_loss: float
    output: Path

    @property
    def trials_every_s(self) -> float:
        """How often its trials come again; 0 where it is too short for them."""
        return CYCLE_S if self.seconds >= _TRIALS_FROM_S else 0.0


@dataclass(frozen=True)
class Made:
    """The files of a walk, and the exit status of `groundup record`."""

    recording: Path
    truth: Path
    lab: Path
    page: str
    status: int


@click.command()
@click.option(
    "--strategy",
    type=click.Choice(get_args(StrategyName)),
    help="How the walker walks; without it ground_up, and then proximal for a quarter of a minute, and both compared.",
)
@click.option(
    "--seconds",
    default=45.0,
    show_default=True,
    type=click.FloatRange(min=5),
    help=f"How long; from {_TRIALS_FROM_S:g} s on with trials of rest, greatest effort (MVIC) and a reference walk.",
)
@click.option("--seed", default=1, show_default=True, help="Which walk.")
@click.option("--clock-ppm", default=0.0, show_default=True, help="How wrong the devices' clocks tick.")
@click.option(
    "--packet-loss", default=0.0, show_default=True, type=click.FloatRange(0, 0.5), help="Share of packets lost."
)
@click.option(
    "-o",
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("demo"),
    show_default=True,
    help="Folder for the files.",
)
@as_json
@click.pass_context
def demo(
    ctx: click.Context, strategy: StrategyName | None, seconds: float, seed: int, clock_ppm: float, packet_loss: float,
    output: Path, as_json: bool,
) -> None:  # fmt: skip
    """Record a virtual walker with virtual plates, EMG, IMUs and motion capture, over real LSL, and show its strategy.

    Without --strategy a second walk follows, in a folder of its own, and the two strategies stand side by side.
    """
    made = _record(ctx, Walk(strategy or "ground_up", seconds, seed, clock_ppm, packet_loss, output))
    if not as_json:
        files = {"recording": made.recording, "report": made.page, "truth": made.truth, "lab": made.lab}
        click.echo("\n".join(["", *_report(made), "", *(f"{what:<11}{file}" for what, file in files.items())]))
    facts = _facts(made) if as_json else {}
    if strategy is None:
        short = min(seconds, _OTHER_S)
        other = _record(ctx, Walk("proximal", short, seed, clock_ppm, packet_loss, output / "proximal"))
        both = _page([made.recording, other.recording], other.recording.with_suffix(".compared.html"))
        if as_json:
            facts |= {"proximal": _facts(other), "compared": both}
        else:
            lines = [*_side_by_side(made, other), "", f"proximal   {other.recording}", f"compared   {both}"]
            click.echo("\n".join(["", *lines]))
    if as_json:
        print_json(facts)
    elif made.status == _FAULT:
        click.echo(
            f"\nexit status {_FAULT}: the ledger holds a fault (devices stall on a busy computer, too); see "
            f"groundup info {made.recording}"
        )
    ctx.exit(made.status)


def _record(ctx: click.Context, walk: Walk) -> Made:
    """Record, seal and analyse a walk in a session of its own; leave the command where that makes no recording."""
    walk.output.mkdir(parents=True, exist_ok=True)
    stem = walk.output / datetime.now().strftime(f"{walk.strategy}-%Y%m%d-%H%M%S")
    lab, recording = stem.with_suffix(".toml"), stem.with_suffix(".h5")
    lab.write_text(
        lab_toml(walk.strategy, walk.seed, walk.clock_ppm, walk.packet_loss, walk.trials_every_s), encoding="utf-8"
    )
    with private_session(f"groundup-demo-{os.getpid()}") as environment:
        command = ["record", str(lab), "--seconds", str(walk.seconds), "-o", str(recording)]
        done = subprocess.run(
            [sys.executable, "-m", "groundup", *command], env=environment, check=False, stdout=sys.stderr
        )
    if not recording.exists():
        ctx.exit(done.returncode or 1)
    truth = _write_truth(recording, walk)
    return Made(recording, truth, lab, _page([recording], recording.with_suffix(".html")), done.returncode)


def lab_toml(
    strategy: str, seed: int = 1, clock_ppm: float = 0.0, packet_loss: float = 0.0, trials_every_s: float = 0.0
) -> str:
    """A lab.toml for the virtual lab.

    Parameters
    ----------
    strategy : str
        ``ground_up`` or ``proximal``.
    seed : int
    clock_ppm : float
        Each device's clock is wrong by another share of this.
    packet_loss : float
        Share of packets that are never sent.
    trials_every_s : float
        How often rest, greatest effort and a reference walk come; 0: never.
    """
    lines = ["# The virtual lab: every device of a gait lab, around one walker.", "[participant]", 'id = "virtual"']
    lines += [f"mass_kg = {_MASS_KG}", f"height_m = {_HEIGHT_M}", f"age_years = {_AGE_YEARS}", ""]
    lines += ["[treadmill]", f"speed_m_s = {BELT_SPEED}", ""]
    for number, part in enumerate(get_args(Part)):
        lines += [f"[devices.{part}]", 'driver = "virtual_lab"', f'part = "{part}"', f'strategy = "{strategy}"']
        lines += [f"seed = {seed}", f"mass_kg = {_MASS_KG}"]
        if trials_every_s:
            lines.append(f"trials_every_s = {trials_every_s}")
        if part != "markers":
            lines += [f"clock_ppm = {clock_ppm * (1 - 0.4 * number)}", f"packet_loss = {packet_loss}"]
        lines.append("")
    for name, stream in (_STREAMS | ({"control": "groundup.control"} if trials_every_s else {})).items():
        lines += [f"[streams.{name}]", f"match = \"name='{stream}'\""]
        lines += [f"bandwidth_hz = {_BANDWIDTH_HZ}", ""] if name.startswith("imu") else [""]
    return "\n".join(lines)


def _page(recordings: list[Path], page: Path) -> str:
    """The path of a report of one recording or two; or why there is none."""
    command = [sys.executable, "-m", "groundup", "report", *map(str, recordings), "-o", str(page)]
    made = subprocess.run(command, check=False, capture_output=True, text=True)
    return str(page) if made.returncode == 0 else f"not made: {made.stderr.strip().splitlines()[-1:]}"


def _write_truth(recording: Path, walk: Walk) -> Path:
    """What the walker really did while it was recorded, beside the recording."""
    with Recording(recording) as opened:
        times = [stream.time for stream in opened.streams.values() if stream.spec.rate > 0 and len(stream)]
    t0, t1 = max(float(t[0]) for t in times), min(float(t[-1]) for t in times)
    taps = Taps(walk.seed, trials_every_s=walk.trials_every_s)
    truth = truth_of(Walker(walk.strategy, walk.seed, _MASS_KG, taps), t0, t1)
    path = recording.with_suffix(".truth.json")
    path.write_text(json.dumps(truth, indent=1), encoding="utf-8")
    return path


def _facts(made: Made) -> dict[str, Any]:
    known = _known(made)
    with Recording(made.recording) as opened:
        return {
            "recording": str(made.recording),
            "truth": str(made.truth),
            "lab": str(made.lab),
            "report": made.page,
            "metrics": {
                name: {"median": float(table["value"].median()), "truth": known.get(name, {}).get("both")}
                for name, table in opened.metrics.items()
                if table["value"].notna().any()
            },
            "sync_bound_ms": {name: stream.certificate.bound_ms for name, stream in opened.streams.items()},
        }


def _known(made: Made) -> dict[str, dict[str, float]]:
    metrics: dict[str, dict[str, float]] = json.loads(made.truth.read_text(encoding="utf-8"))["metrics"]
    return metrics


def _report(made: Made) -> list[str]:
    truth = _known(made)
    lines = [*profile_lines(made.recording), "", "measured against the walker's truth"]
    with Recording(made.recording) as opened:
        for name in _SHOWN:
            if name in truth and name in opened.metrics:
                median = opened.metrics[name]["value"].median()
                lines.append(f"  {name:<22} {median:8.3f}   truth {truth[name]['both']:8.3f}")
        lines += ["", "in sync"]
        for name, stream in opened.streams.items():
            certificate = stream.certificate
            lines.append(f"  {name:<14} ±{certificate.bound_ms:.3f} ms   {certificate.reason}")
    return lines


def _side_by_side(made: Made, other: Made) -> list[str]:
    """Both strategies: what was measured, what is true, and whether a difference was seen; the axis of work first."""
    command = [sys.executable, "-m", "groundup", "compare", str(made.recording), str(other.recording), "--json"]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode != 0:
        return [f"the two walks were not compared: {done.stderr.strip()}"]
    found = {one["metric"]: one for one in json.loads(done.stdout)["differences"]}
    names = ["push_off_share", "push_off_work", *(n for n in _SHOWN if n not in _WORK)]
    truths = _known(made), _known(other)
    lines = ["BOTH STRATEGIES, SIDE BY SIDE", f"  {'':24}{'from the ground up':>21}{'from the hip':>21}"]
    lines += [f"  {'':24}{'measured   truth':>21}{'measured   truth':>21}"]
    for name in (*_WORK, *names):
        one = found.get(name)
        if one is None or one["before"] is None or one["after"] is None:
            continue
        columns = "".join(
            f"{value:13.3f}{_true(truth, name):>8}"
            for value, truth in zip((one["before"], one["after"]), truths, strict=True)
        )
        lines.append(f"  {name:24}{columns}   {one['verdict']}")
    return lines


def _true(truth: dict[str, dict[str, float]], name: str) -> str:
    return f"{truth[name]['both']:.3f}" if name in truth else ""
