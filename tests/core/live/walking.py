"""A walk made of numbers: two plates, EMG and markers, with processors as small as they can be."""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from groundup.model.events import Event
from groundup.model.signals import Floats, Signal
from groundup.model.source import PROBE, SourceStream
from groundup.model.streams import Channel, Plate, StreamSpec
from groundup.plugin import Metric, Processor, Product, Stride, Trace, emg, grf, metric
from groundup.plugin.stage import Made, SignalForm, Stage

STRIDE_S, STANCE_S = 1.1, 0.65
_CORNERS = ((0.4, 0.6, 0.0), (0.0, 0.6, 0.0), (0.0, 0.0, 0.0), (0.4, 0.0, 0.0))


class _Force(Stage):
    """Channels of a plate are its force already."""

    def __init__(self, form: SignalForm) -> None:
        self.form = replace(form, id=f"{form.id}.grf", kind="grf", inputs=(form.id,))

    def process(self, time: Floats, samples: Floats) -> Made:
        return Made(samples)

    def reset(self) -> None:
        pass


class Force(Processor):
    name = "made_force"
    accepts = "plate"

    def whole(self, signal: Signal) -> Product:
        return Product((replace(signal, id=f"{signal.id}.grf", kind="grf"),))

    def causal(self, form: SignalForm) -> Stage:
        return _Force(form)


class _Crossings(Stage):
    def __init__(self, form: SignalForm) -> None:
        self.channel = form.channels[0]
        self.reset()

    def process(self, time: Floats, samples: Floats) -> Made:
        events = []
        for t, force in zip(time.tolist(), samples[:, 2].tolist(), strict=True):
            on = force >= 20.0
            if self.on is not None and on != self.on:
                events.append(Event(t, "IC" if on else "FO", self.channel.side, self.channel.site))
            self.on = on
        return Made(None, tuple(events))

    def reset(self) -> None:
        self.on: bool | None = None


class Crossings(Processor):
    name = "made_contacts"
    accepts = "grf"

    def whole(self, signal: Signal) -> Product:
        return Product(events=_Crossings(SignalForm.of(signal)).process(signal.time, signal.samples).events)

    def causal(self, form: SignalForm) -> Stage:
        return _Crossings(form)


class _Smooth(Stage):
    """One pole, sample by sample."""

    latency_s = 0.02

    def __init__(self, form: SignalForm) -> None:
        self.form = replace(form, id=f"{form.id}.smooth", kind="envelope", inputs=(form.id,))
        self.reset()

    def process(self, time: Floats, samples: Floats) -> Made:
        out = np.empty_like(samples)
        for i, row in enumerate(np.abs(samples)):
            self.value = self.value + 0.05 * (row - self.value)
            out[i] = self.value
        return Made(out)

    def reset(self) -> None:
        self.value: Floats = np.zeros(len(self.form.channels)) if self.form is not None else np.zeros(0)


class Smooth(Processor):
    name = "made_envelope"
    accepts = "emg"

    def whole(self, signal: Signal) -> Product:
        stage = _Smooth(SignalForm.of(signal))
        made = stage.process(signal.time, signal.samples).samples
        assert made is not None
        return Product((replace(signal, id=f"{signal.id}.smooth", kind="envelope", samples=made),))

    def causal(self, form: SignalForm) -> Stage:
        return _Smooth(form)


PROCESSORS: list[type[Processor]] = [Force, Crossings, Smooth]


@metric("made_duration", of=Stride, unit="s")
def made_duration(stride: Stride) -> float:
    """How long a stride takes."""
    return stride.t1 - stride.t0


@metric("made_activity", of=Stride, unit="V", needs=[emg("soleus"), grf("v")])
def made_activity(stride: Stride, soleus: Trace, force: Trace) -> float:
    """Mean of the envelope, and of the load a little."""
    return float(soleus.values.mean()) + 1e-6 * float(force.values.mean())


@metric("made_share", of=Stride, unit="1", needs=[emg("soleus", normalise_by="peak")])
def made_share(stride: Stride, soleus: Trace) -> float:
    """Mean of the envelope over the muscle's peak."""
    return float(soleus.values.mean())


METRICS: list[Metric] = [made_duration, made_activity, made_share]


def plate_spec(side: str) -> StreamSpec:
    site = "plate:1" if side == "L" else "plate:2"
    channels = tuple(Channel(label, unit, site, side) for label, unit in _LABELS)  # type: ignore[arg-type]
    return StreamSpec(f"Plate{side}", "Force", 200.0, "float32", channels, plate=Plate(2, _CORNERS))


_LABELS = (("Fx", "N"), ("Fy", "N"), ("Fz", "N"), ("Mx", "Nm"), ("My", "Nm"), ("Mz", "Nm"))
EMG_SPEC = StreamSpec(
    "EMG", "EMG", 1000.0, "float32", (Channel("a", "V", "soleus", "L"), Channel("b", "V", "soleus", "R"))
)
SPECS = {"plate_l": plate_spec("L"), "plate_r": plate_spec("R"), "emg": EMG_SPEC}


def force_at(time: Floats, side: str) -> Floats:
    """A foot that comes down every stride, right half a stride after left."""
    phase = (time - (0.3 if side == "L" else 0.3 + STRIDE_S / 2)) % STRIDE_S
    on = phase < STANCE_S
    values = np.zeros((len(time), 6))
    values[:, 2] = np.where(on, 700.0 * np.sin(np.pi * phase / STANCE_S), 0.0)
    values[:, 0] = np.where(on, -100.0 * np.sin(2 * np.pi * phase / STANCE_S), 0.0)
    return values


def streams(seconds: float = 12.0, seed: int = 0, clocks: Iterable[float] = (1000.0, -50.0, 7.0)) -> list[SourceStream]:
    """The streams of a file, each on a clock of its own, with probes every 2 s and stamps that jitter."""
    made = []
    random = np.random.default_rng(seed)
    for (name, spec), ahead in zip(SPECS.items(), clocks, strict=True):
        time = 100.0 + np.arange(int(seconds * spec.rate)) / spec.rate + random.uniform(0, 0.4)
        if name == "emg":
            loud = 1e-4 * (1.0 + np.sin(2 * np.pi * time[:, None] / STRIDE_S + np.array([0.0, np.pi])))
            samples = (loud * random.standard_normal((len(time), 2))).astype(np.float32)
        else:
            samples = force_at(time, spec.channels[0].side).astype(np.float32)
        stamps = time + ahead + random.gamma(2.0, 2e-4, len(time))
        probes = np.zeros(int(seconds / 2) + 1, PROBE)
        probes["time"] = 99.0 + 2.0 * np.arange(len(probes)) + ahead
        probes["offset"] = -ahead + random.normal(0, 2e-5, len(probes))
        probes["round_trip"] = 1e-4
        probes["collected"] = 99.3 + 2.0 * np.arange(len(probes))
        made.append(_stream(name, spec, stamps, samples, probes))
    return made


def _stream(name: str, spec: StreamSpec, stamps: Floats, samples: "np.ndarray", probes: "np.ndarray") -> SourceStream:
    return SourceStream(name, spec, "", len(stamps), lambda: iter([(stamps, samples)]), probes)
