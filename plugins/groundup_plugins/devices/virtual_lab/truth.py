"""What is true of the virtual walker, from its model and never from its sensors.

Every number here is one that groundup measures from the streams; names are those of ``/metrics``.
"""

from itertools import combinations
from typing import Any

import numpy as np

from groundup.plugin import GLUTEAL, SEGMENT_RANK
from groundup_plugins.devices.virtual_lab.emg import MUSCLES, activations
from groundup_plugins.devices.virtual_lab.forces import ground_reaction
from groundup_plugins.devices.virtual_lab.imu import LAG_S, loss_db
from groundup_plugins.devices.virtual_lab.joints import JOINTS, joint_truth
from groundup_plugins.devices.virtual_lab.walker import Floats, Step, Walker

Fields = dict[str, Any]

_FINE_S = 0.0005
"""Time grid of the integrals: finer than any of the sensors."""
_GLUTES = [i for i, muscle in enumerate(MUSCLES) if muscle in GLUTEAL]


def truth_of(walker: Walker, t0: float, t1: float) -> Fields:
    """Everything known of the walk between two times.

    Parameters
    ----------
    walker : Walker
    t0, t1 : float
        Seconds on the LSL clock of the machine the walker's sensors run on.

    Returns
    -------
    dict
        ``contacts``: every step whose contact lies in t0 to t1 (time ``ic``, ``fo``, ``side``). ``stances``, for those
        that end before t1, and ``strides``, for those whose next contact does: one dict each with ``t0``, ``t1``,
        ``side`` and the metrics of it. ``metrics``: the mean of each metric over them, for ``L``, ``R`` and ``both``.
        ``taps``: when the sensors were tapped. ``loss_db``: what the wave has lost at each segment. Only
        what JSON can hold.
    """
    # One contact more tells where the last stride ends; its number, two on, is the same foot again.
    steps = walker.contacts(t0, t1)
    stances = [_stance(walker, step) for step in steps if step.foot_off <= t1]
    ends = {step: walker.step(step.number + 2).contact for step in steps}
    strides = [_stride(walker, s) for s, end in ends.items() if end <= t1 and not walker.taps.away(s.contact, end)]
    at = {segment: loss_db(walker, rank) for segment, rank in SEGMENT_RANK.items()}
    wave = {"distal_absorption": at["pelvis"] / at["head"], "load_wave_lag": LAG_S, "load_wave_order": 1.0}
    wave |= {f"shock_loss_{a}_{b}": at[b] - at[a] for a, b in combinations(SEGMENT_RANK, 2)}
    return {
        "strategy": walker.strategy,
        "seed": walker.seed,
        "mass_kg": walker.mass_kg,
        "t0": t0,
        "t1": t1,
        "contacts": [{"side": s.side, "ic": s.contact, "fo": s.foot_off, "number": s.number} for s in steps],
        "stances": stances,
        "strides": strides,
        "taps": walker.taps.times(t0, t1),
        "loss_db": at,
        "metrics": {
            **_means(stances),
            **_means(strides),
            **{name: {"L": value, "R": value, "both": value} for name, value in wave.items()},
        },
    }


def _stance(walker: Walker, step: Step) -> Fields:
    """One stance: peaks in body weights, impulses in N·s/kg, work of the joints in J/kg and its shares."""
    time = np.arange(step.contact, step.foot_off, _FINE_S)
    ground = ground_reaction(walker, time, step.side)
    up = ground.up / walker.weight
    half = len(up) // 2
    first, second = int(np.argmax(up[:half])), half + int(np.argmax(up[half:]))
    return {
        "t0": step.contact,
        "t1": step.foot_off,
        "side": step.side,
        "stance_time": step.foot_off - step.contact,
        "step_time": step.contact - walker.step(step.number - 1).contact,
        "grf_peak_1": float(up[first]),
        "grf_valley": float(up[first:second].min()),
        "grf_peak_2": float(up[second]),
        "braking_impulse": float(np.minimum(ground.forward, 0.0).sum() * _FINE_S / walker.mass_kg),
        "propulsive_impulse": float(np.maximum(ground.forward, 0.0).sum() * _FINE_S / walker.mass_kg),
        **_joint_work(walker, step, time),
    }


def _joint_work(walker: Walker, step: Step, time: Floats) -> Fields:
    """Work of ankle, knee and hip in a stance, and the share of each."""
    joints = joint_truth(walker, time, step.side)
    fields: Fields = {}
    for sign, share, part in (("positive", "work_share", np.maximum), ("negative", "negative_work_share", np.minimum)):
        works = {joint: float(part(joints[joint].power, 0.0).sum() * _FINE_S) for joint in JOINTS}
        fields |= {f"{joint}_{sign}_work": work for joint, work in works.items()}
        fields |= {f"{joint}_{share}": work / sum(works.values()) for joint, work in works.items()}
    return fields


def _stride(walker: Walker, step: Step) -> Fields:
    """One stride: times, and what hip, ankle and glutes of its side did in it.

    ``hip_ankle_ratio``: positive work of the hip up to the middle of swing over that of the ankle in push-off.
    ``glute_braking_share``: the share of a gluteal muscle's activation that falls while the force under the same foot
    opposes progression, the mean over the gluteal muscles; the enrichment is over the share of time.
    ``glute_share_ratio``: gluteal share of all activation, each muscle over its own peak, over the glutes' share of the
    muscles recorded.
    """
    end = walker.step(step.number + 2).contact
    time = np.arange(step.contact, end, _FINE_S)
    active = activations(walker, step.side, time)
    braking = ground_reaction(walker, time, step.side).forward < 0.0
    in_braking = active[braking].sum(axis=0) / active.sum(axis=0)
    share, share_of_time = float(in_braking[_GLUTES].mean()), float(braking.mean())
    joints = joint_truth(walker, time, step.side)
    given = {joint: np.maximum(joints[joint].power, 0.0) for joint in ("ankle", "hip")}
    middle = (step.contact + step.foot_off) / 2.0
    pulled = given["hip"][time < (step.foot_off + end) / 2.0].sum()
    pushed = given["ankle"][(time >= middle) & (time < step.foot_off)].sum()
    demand = (active / active.max(axis=0)).mean(axis=0)
    return {
        "t0": step.contact,
        "t1": end,
        "foot_off": step.foot_off,
        "side": step.side,
        "stride_time": end - step.contact,
        "swing_time": end - step.foot_off,
        "hip_ankle_ratio": float(pulled / pushed),
        "glute_braking_share": share,
        "glute_braking_enrichment": share / share_of_time,
        "glute_share_ratio": float(demand[_GLUTES].sum() / demand.sum() / (len(_GLUTES) / len(MUSCLES))),
        **{f"{muscle}_braking_share": float(in_braking[i]) for i, muscle in enumerate(MUSCLES) if i in _GLUTES},
    }


def _means(rows: list[Fields]) -> dict[str, dict[str, float]]:
    names = [name for name in rows[0] if name not in ("t0", "t1", "foot_off", "side")] if rows else []
    sides = {"L": ("L",), "R": ("R",), "both": ("L", "R")}
    means: dict[str, dict[str, float]] = {}
    for name in names:
        values = {key: [row[name] for row in rows if row["side"] in side] for key, side in sides.items()}
        means[name] = {key: float(np.mean(found)) for key, found in values.items() if found}
    return means
