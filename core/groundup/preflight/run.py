"""Makes the short recording that a pre-flight judges, and throws it away."""

import tempfile
import threading
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np

from groundup.analysis.plausibility.finding import likely
from groundup.analysis.plausibility.load import FORCES
from groundup.analysis.plausibility.person import judge_person
from groundup.analysis.plausibility.sensors import judge_imus
from groundup.inlets.stream_request import TRIAL_CONTROL
from groundup.lab.tables import Lab
from groundup.model.ledger import LedgerRow
from groundup.model.messages import Say
from groundup.model.signals import Signal
from groundup.plugin.check import Check, Finding
from groundup.plugin.not_computable import NotComputableError
from groundup.preflight.devices import judge_health
from groundup.preflight.report import Judged, Verdict
from groundup.preflight.streams import judge_absent, judge_stream
from groundup.record.session import run_session
from groundup.recording import Recording

_GRAVITY = 9.80665
_LINEAR_GREEN, _LINEAR_AMBER = 0.01, 0.03
_OFF_GREEN_N = 2.0


def preflight(
    lab: Lab | None, lab_path: Path | None, seconds: float, stop: threading.Event, checks: Sequence[Check], say: Say
) -> Verdict:
    """Record some seconds in which nobody moves, and judge every stream.

    Parameters
    ----------
    lab, lab_path
        What should be there; without it, whatever is on the network is judged.
    seconds : float
        How long, from when everything is there.
    stop : threading.Event
        Ends it early.
    checks : sequence of Check
    say : callable
        Told what goes on.
    """
    with tempfile.TemporaryDirectory(prefix="groundup-check-") as folder:
        path = Path(folder) / "check.h5"
        outcome = run_session(
            path, stop, lab=lab, lab_path=lab_path, seconds=seconds, analysis=False, row=lambda row: _tell(row, say)
        )
        if outcome.recording is None:
            absent = judge_absent({}, outcome.ledger, lab) or {"lab": [Finding("red", "present", outcome.message)]}
            return Verdict(tuple(Judged(id_, tuple(found)) for id_, found in absent.items()))
        with Recording(path) as recording:
            return judge(recording, outcome.ledger, lab, checks)


def judge(recording: Recording, ledger: Sequence[LedgerRow], lab: Lab | None, checks: Sequence[Check]) -> Verdict:
    """Judge a recording in which nobody moved."""
    streams = {id_: stream for id_, stream in recording.streams.items() if id_ != TRIAL_CONTROL.id}
    signals = {signal.id: signal for signal in recording.signals()}
    judged = [Judged(id_, tuple(found)) for id_, found in judge_absent(streams, ledger, lab).items()]
    health = dict(judge_health(recording.health_list()))
    for id_, stream in streams.items():
        found = [*judge_stream(stream), *health.pop(id_, ())]
        if id_ in signals and len(signals[id_].time):
            found += _contents(signals[id_], checks)
        judged.append(Judged(id_, tuple(found)))
    judged += [Judged(device, tuple(found)) for device, found in health.items()]
    who = [Finding("red", "person", one.reason) for one in judge_person(lab.subject)] if lab is not None else []
    return Verdict((*judged, *([Judged("participant", tuple(who))] if who else [])))


def weigh(
    lab: Lab | None, lab_path: Path | None, stream: str, weights_kg: Sequence[float], seconds: float,
    stop: threading.Event, checks: Sequence[Check], ask: Callable[[float], None],
) -> Judged:  # fmt: skip
    """Put known weights on a plate, one after the other, and say how linear it is.

    Parameters
    ----------
    stream : str
        Its id in lab.toml.
    weights_kg : sequence of float
        At least one; 0 is the empty plate, which is asked for first in any case.
    ask : callable
        Asks for a weight in kg and returns when it lies there.
    """
    loads = [0.0, *sorted(w for w in weights_kg if w > 0)]
    measured: list[float] = []
    for load in loads:
        ask(load)
        with tempfile.TemporaryDirectory(prefix="groundup-check-") as folder:
            path = Path(folder) / "check.h5"
            outcome = run_session(path, stop, lab=lab, lab_path=lab_path, seconds=seconds, analysis=False)
            if outcome.recording is None:
                return Judged(stream, (Finding("red", "weight", outcome.message),))
            with Recording(path) as recording:
                newtons = _load(stream, recording.signals(), checks)
        if isinstance(newtons, Finding):
            return Judged(stream, (newtons,))
        measured.append(newtons)
    return Judged(stream, (linearity([w * _GRAVITY for w in loads], measured),))


def linearity(loads_n: Sequence[float], measured_n: Sequence[float]) -> Finding:
    """Whether a plate shows the weights that lie on it, its own offset taken off.

    Parameters
    ----------
    loads_n, measured_n : sequence of float
        The first is the empty plate.
    """
    shown = np.asarray(measured_n) - measured_n[0]
    loads = np.asarray(loads_n)
    off = np.abs(shown - loads)
    share = float(np.max(off[1:] / loads[1:]))
    pairs = ", ".join(f"{a:.1f} N for {b:.1f} N" for a, b in zip(shown[1:], loads[1:], strict=True))
    message = f"shows {pairs} (off by {share:.1%} at most; empty: {measured_n[0]:+.1f} N)"
    if share <= _LINEAR_GREEN or float(off.max()) <= _OFF_GREEN_N:
        return Finding("green", "weight", message)
    mistake = likely(float(np.median(shown[1:] / loads[1:])), FORCES, _LINEAR_AMBER)
    if mistake is not None:
        remedy = f"its forces look like {mistake.real} told as {mistake.stated}: set their unit in lab.toml"
        return Finding("red", "weight", message, remedy)
    remedy = "check its calibration matrix, its range in the amplifier, and that it touches nothing at its edges"
    return Finding("amber" if share <= _LINEAR_AMBER else "red", "weight", message, remedy)


def _contents(signal: Signal, checks: Iterable[Check]) -> list[Finding]:
    found = [Finding("red", "unit", one.reason) for one in judge_imus([signal])]
    for check in checks:
        if check.accepts != signal.kind:
            continue
        try:
            found += check.judge(signal)
        except NotComputableError as reason:
            found.append(Finding("amber", check.name, f"cannot be judged, because {reason}"))
        except Exception as error:  # a plugin's own fault stays its own
            found.append(Finding("amber", check.name, f"the check itself failed: {type(error).__name__}: {error}"))
    return found


def _load(stream: str, signals: Sequence[Signal], checks: Iterable[Check]) -> float | Finding:
    signal = next((s for s in signals if s.id == stream and len(s.time)), None)
    if signal is None:
        there = ", ".join(s.id for s in signals) or "none"
        return Finding("red", "weight", f"there is no stream {stream!r}; there are: {there}")
    for check in checks:
        if check.accepts == signal.kind:
            try:
                load = check.weigh(signal)
            except NotComputableError as reason:
                return Finding("red", "weight", f"cannot be weighed, because {reason}")
            if load is not None:
                return load
    return Finding("red", "weight", f"{stream} is no force plate: it weighs nothing")


def _tell(row: LedgerRow, say: Say) -> None:
    if row.severity != "info":
        say(f"  {row.message}")
