"""``groundup demo``: the virtual lab, recorded, sealed, analysed, and held against what the walker is known to do."""

import json
import os
import subprocess
import sys
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
_STREAMS = {
    "plate_left": "VirtualPlateLeft",
    "plate_right": "VirtualPlateRight",
    "emg": "VirtualEMG",
    **{f"imu_{s}": f"VirtualIMU_{s}" for s in SENSORS},
    "markers": "VirtualMarkers",
}
_SHOWN = ("glute_braking_share", "distal_absorption", "load_wave_lag", "load_wave_order", "glute_share_ratio")


@click.command()
@click.option(
    "--strategy",
    type=click.Choice(get_args(StrategyName)),
    default="ground_up",
    show_default=True,
    help="How the walker walks.",
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
    ctx: click.Context, strategy: StrategyName, seconds: float, seed: int, clock_ppm: float, packet_loss: float,
    output: Path, as_json: bool,
) -> None:  # fmt: skip
    """Record a virtual walker with virtual force plates, EMG and IMUs, over real LSL, and show the strategy profile."""
    output.mkdir(parents=True, exist_ok=True)
    stem = output / datetime.now().strftime(f"{strategy}-%Y%m%d-%H%M%S")
    lab, recording = stem.with_suffix(".toml"), stem.with_suffix(".h5")
    trials_every_s = CYCLE_S if seconds >= _TRIALS_FROM_S else 0.0
    lab.write_text(lab_toml(strategy, seed, clock_ppm, packet_loss, trials_every_s), encoding="utf-8")
    with private_session(f"groundup-demo-{os.getpid()}") as environment:
        command = ["record", str(lab), "--seconds", str(seconds), "-o", str(recording)]
        done = subprocess.run(
            [sys.executable, "-m", "groundup", *command], env=environment, check=False, stdout=sys.stderr
        )
    if not recording.exists():
        ctx.exit(done.returncode or 1)
    truth = _write_truth(recording, strategy, seed, trials_every_s)
    page = _page(recording)
    if as_json:
        print_json({**_facts(recording, truth, lab), "report": page})
    else:
        click.echo("\n".join(["", *_report(recording, truth)]))
        click.echo(f"\nrecording  {recording}\nreport     {page}\ntruth      {truth}\nlab        {lab}")
        if done.returncode == _FAULT:
            click.echo(
                f"\nexit status {_FAULT}: the ledger holds a fault (devices stall on a busy computer, too); see "
                f"groundup info {recording}"
            )
    ctx.exit(done.returncode)


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


def _page(recording: Path) -> str:
    """The report's path; or why there is none."""
    page = recording.with_suffix(".html")
    command = [sys.executable, "-m", "groundup", "report", str(recording), "-o", str(page)]
    made = subprocess.run(command, check=False, capture_output=True, text=True)
    return str(page) if made.returncode == 0 else f"not made: {made.stderr.strip().splitlines()[-1:]}"


def _write_truth(recording: Path, strategy: StrategyName, seed: int, trials_every_s: float) -> Path:
    """What the walker really did while it was recorded, beside the recording."""
    with Recording(recording) as opened:
        times = [stream.time for stream in opened.streams.values() if stream.spec.rate > 0 and len(stream)]
    t0, t1 = max(float(t[0]) for t in times), min(float(t[-1]) for t in times)
    taps = Taps(seed, trials_every_s=trials_every_s)
    truth = truth_of(Walker(strategy=strategy, seed=seed, mass_kg=_MASS_KG, taps=taps), t0, t1)
    path = recording.with_suffix(".truth.json")
    path.write_text(json.dumps(truth, indent=1), encoding="utf-8")
    return path


def _facts(recording: Path, truth: Path, lab: Path) -> dict[str, Any]:
    known = json.loads(truth.read_text(encoding="utf-8"))["metrics"]
    with Recording(recording) as opened:
        return {
            "recording": str(recording),
            "truth": str(truth),
            "lab": str(lab),
            "metrics": {
                name: {"median": float(table["value"].median()), "truth": known.get(name, {}).get("both")}
                for name, table in opened.metrics.items()
                if table["value"].notna().any()
            },
            "sync_bound_ms": {name: stream.certificate.bound_ms for name, stream in opened.streams.items()},
        }


def _report(recording: Path, truth_path: Path) -> list[str]:
    truth: dict[str, Any] = json.loads(truth_path.read_text(encoding="utf-8"))
    lines = [*profile_lines(recording), "", "measured against the walker's truth"]
    with Recording(recording) as opened:
        for name in _SHOWN:
            if name in truth["metrics"] and name in opened.metrics:
                median = opened.metrics[name]["value"].median()
                lines.append(f"  {name:<22} {median:8.3f}   truth {truth['metrics'][name]['both']:8.3f}")
        lines += ["", "in sync"]
        for name, stream in opened.streams.items():
            certificate = stream.certificate
            lines.append(f"  {name:<14} ±{certificate.bound_ms:.3f} ms   {certificate.reason}")
    return lines
