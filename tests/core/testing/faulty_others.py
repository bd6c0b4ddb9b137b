"""Processors, metrics, importers and exporters that break one law each."""

import random
from dataclasses import replace
from itertools import count

import numpy as np

from groundup.plugin import (
    CausalProcessor,
    Channel,
    Event,
    Exporter,
    Imported,
    ImportedStream,
    Importer,
    Made,
    Processor,
    Product,
    Stage,
    Stance,
    StreamSpec,
    Stride,
    Trial,
    each,
    emg,
    grf,
    metric,
)


class Doubling(Stage):
    def __init__(self, form, body=lambda stage, time, x: 2.0 * x):
        self.form = replace(form, id=f"{form.id}.double", kind="double", inputs=(form.id,))
        self.body, self.memory = body, None

    def process(self, time, samples):
        return Made(self.body(self, time, samples))

    def reset(self):
        self.memory = None


class Double(CausalProcessor):
    """Twice its input."""

    name, accepts, default = "double", "emg", False

    def causal(self, form):
        return Doubling(form)


def stage(body, reset=True):
    class Chunked(Double):
        """Twice, in its own way."""

        def causal(self, form):
            made = Doubling(form, body)
            if not reset:
                made.reset = lambda: None
            return made

    return Chunked


def whole(body):
    class Whole(Processor):
        """Twice, in its own way."""

        name, accepts, default = "double", "emg", False

        def whole(self, signal):
            made = replace(signal, id=f"{signal.id}.double", kind="double", inputs=(signal.id,))
            return body(signal, made)

    return Whole


def _leak(stage, time, x):
    stage.memory = x[-1] if stage.memory is None else stage.memory
    return x + np.nan_to_num(stage.memory)


def _sticky(stage, time, x):
    out = x + (0.0 if stage.memory is None else stage.memory)
    stage.memory = (0.0 if stage.memory is None else stage.memory) + x.sum(axis=0)
    return out


def _first(stage, time, x):
    stage.memory = x[0] if stage.memory is None else stage.memory
    return x - np.nan_to_num(stage.memory)


def _integral(stage, time, x):
    out = np.empty_like(x)
    stage.memory = np.zeros(x.shape[1]) if stage.memory is None else stage.memory
    for i, row in enumerate(x):
        out[i] = stage.memory = 0.5 * stage.memory + row
    return out


def _in_place(signal, made):
    signal.samples[:] *= 2.0
    return Product((made,))


def _filled(signal, made):
    time = np.arange(signal.time[0], signal.time[-1], 1.0 / signal.rate)
    return Product((replace(made, time=time, samples=np.zeros((len(time), len(signal.channels)))),))


def _spread(signal, made):
    return Product((replace(made, samples=np.cumsum(signal.samples, axis=0)),))


class WholeOtherwise(Double):
    """Says it is causal, and is not when whole."""

    def whole(self, signal):
        made = super().whole(signal)
        return replace(made, signals=tuple(replace(s, samples=s.samples + 1.0) for s in made.signals))


class Crashes(Double):
    """Knows no signal without a rate."""

    def whole(self, signal):
        1.0 / signal.rate
        return super().whole(signal)


def _of_the_first(signal, made):
    found = np.flatnonzero(np.nan_to_num(np.abs(signal.samples)).max(axis=1) > 1e-5)[:1]
    first = signal.channels[0]
    return Product((), tuple(Event(float(signal.time[i]), "burst", first.side, first.site) for i in found))


PROCESSORS = {
    "events of the first channel": (whole(_of_the_first), "channel it was found in", "those of the channel"),
    "no docstring": (type("Bare", (Double,), {"__module__": "x"}), "says what it is", "give the class a docstring"),
    "other shape": (whole(lambda s, m: Product((replace(m, samples=s.samples[:, :1]),))), "fits together", "channels"),
    "same id": (whole(lambda s, m: Product((replace(m, id=s.id),))), "fits together", "give it another id"),
    "event in ms": (whole(lambda s, m: Product((), (Event(1e3 * s.time[0], "IC"),))), "fits together", "in seconds"),
    "in place": (whole(_in_place), "given stays as it was", "work on a copy"),
    "random": (whole(lambda s, m: Product((replace(m, samples=s.samples + random.random()),))), "same bits", "seed"),
    "fills gaps": (whole(_filled), "gap is not filled", "signal.segments()"),
    "nan everywhere": (whole(_spread), "nan stays where it is", "each run of finite samples"),
    "chunk mean": (stage(lambda s, t, x: x - np.nanmean(x, axis=0)), "any chunks", "no mean and no FFT of a chunk"),
    "no reset": (stage(_first, reset=False), "reset forgets everything", "set every state back"),
    "nan forever": (stage(_integral), "live nan is soon forgotten", "keep NaN out of its state"),
    "two forms": (WholeOtherwise, "live is as offline", "leave whole() to"),
    "crashes": (Crashes, "cannot process is said", "raise NotComputableError(why)"),
}

_calls = count()


LOAD = (grf("v"),)


def measuring(unit="1", needs=LOAD, of=Stance, name="made", reference="made", doc="What it is."):
    def make(function):
        function.__doc__ = doc
        return metric(name, of=of, unit=unit, needs=needs, reference=reference)(function)

    return make


def _touch(stance, v):
    with open("/dev/null", "rb"):
        return 1.0


def _scribble(stance, v):
    v.values[:] = 0.0
    return 1.0


def _absent(stance, v):
    return 1.0 / 0.0


def _forgiving(stance, muscle):
    return 1.0


METRICS = {
    "no reference": (measuring(reference="")(lambda s, v: 1.0), "says what it is", "where the definition is from"),
    "own channels": (measuring(needs=[emg("Ch 7")])(lambda s, e: 1.0), "asks for sites", "Ch 7"),
    "raises": (measuring()(_absent), "number or says why not", "raise NotComputableError(why)"),
    "scribbles": (measuring()(_scribble), "number or says why not", "work on a copy"),
    "gives NaN": (measuring()(lambda s, v: float("nan")), "number or says why not", "where there is no number"),
    "opens files": (measuring()(_touch), "touches nothing", "when the module is imported"),
    "counts calls": (measuring()(lambda s, v: float(next(_calls))), "same data", "keep nothing between calls"),
    "clock": (measuring()(lambda s, v: s.t0), "shift in time", "relative to the stretch"),
    "one sided": (measuring()(lambda s, v: 1.0 + (s.side == "L")), "left and right", "treat both alike"),
    "raw volts": (measuring("1", [emg("soleus")])(lambda s, e: 1e6 * e.values.mean()), "louder emg", "unit"),
    "raw newtons": (measuring()(lambda s, v: v.values.max()), "heavier person", "divide by the weight"),
    "one stride": (
        measuring(of=Trial, needs=[each(emg("soleus"), Stride)])(lambda t, e: 1.0),
        "one stride",
        "below a least number",
    ),
}


class Numbers(Importer):
    """A number a line, 100 a second."""

    name, suffixes = "numbers", (".num",)

    def read(self, path):
        values = np.array([float(line) for line in path.read_text().split()])
        if not len(values):
            raise ValueError(f"{path} is empty")
        return self.imported(np.arange(len(values)) / 100.0, values[:, None])

    def imported(self, time, values, rate=100.0, **more):
        spec = StreamSpec("Numbers", "Misc", rate, "double64", (Channel("x", "V"),))
        return Imported((ImportedStream("x", spec, values, time, **more),))


class GreedySniff(Numbers):
    """Takes everything for its own."""

    @classmethod
    def sniff(cls, path):
        return True


class Milliseconds(Numbers):
    """Has times in milliseconds, and a rate for seconds."""

    def imported(self, time, values, **more):
        return super().imported(time, values, rate=0.1)


class Crumbling(Numbers):
    """Divides by what may be missing."""

    def read(self, path):
        values = path.read_text(errors="replace").split()
        return self.imported(np.arange(len(values)) / 100.0, np.zeros((len(values), 1)) / len(values[0]))


class Restless(Numbers):
    """Never reads the same."""

    def imported(self, time, values, **more):
        return super().imported(time, values + random.random())


class Rewrites(Numbers):
    """Tidies up the file it reads."""

    def read(self, path):
        made = super().read(path)
        path.write_text(path.read_text() + "0\n")
        return made


class UpperCase(Numbers):
    """Knows files by another name than they have."""

    suffixes = ("NUM",)

    @classmethod
    def sniff(cls, path):
        return path.suffix == ".num"


class Demanding(Numbers):
    """Wants to be told."""

    def __init__(self, settings):
        super().__init__(settings)


class Rounded(Numbers):
    """Has times that are not numbers of its own type."""

    def imported(self, time, values, **more):
        return super().imported(time.astype(np.float32), values)


IMPORTERS = {
    UpperCase: ("says what it is", "in lower case"),
    Demanding: ("needs no settings", "give every key a default"),
    GreedySniff: ("knows its own files", "look at the ending"),
    Rounded: ("fits together", "float64"),
    Milliseconds: ("fits together", "in seconds?"),
    Restless: ("same file gives the same", "read differently"),
    Rewrites: ("same file gives the same", "reading only"),
    Crumbling: ("damaged file is said", "raise ValueError"),
}


class Counts(Exporter):
    """How many samples each stream has."""

    name, suffix = "counts", ".txt"

    def write(self, recording, out, progress):
        self.put(recording, out)
        progress(1.0)
        return []

    def put(self, recording, out):
        out.write_text("".join(f"{stream.id} {len(stream)}\n" for stream in recording.streams.values()))


class NoDot(Counts):
    """Ends in what is no ending."""

    suffix = "txt"


class NamesArePaths(Counts):
    """Makes a file of each stream's name."""

    def put(self, recording, out):
        super().put(recording, out)
        for n, _ in enumerate(recording.streams):
            out.with_name(f"stray{n}").touch()


class Nothing(Counts):
    """Makes nothing."""

    def put(self, recording, out):
        pass


class Meddles(Counts):
    """Writes into the recording."""

    def put(self, recording, out):
        super().put(recording, out)
        for path in out.parent.glob("*.h5"):
            path.write_bytes(path.read_bytes() + b" ")


class Silent(Counts):
    """Says nothing."""

    def write(self, recording, out, progress):
        self.put(recording, out)


class Percent(Counts):
    """Counts to a hundred."""

    def write(self, recording, out, progress):
        progress(50.0)
        return super().write(recording, out, progress)


class ReadsBackWrong(Numbers):
    """What it reads back is something else."""

    suffixes = (".txt",)

    def read(self, path):
        return self.imported(np.arange(3) / 100.0, np.zeros((3, 1)))


EXPORTERS = {
    NoDot: ("says what it is", "an ending with its dot"),
    Nothing: ("what it was asked for", "write to the path it is given"),
    NamesArePaths: ("what it was asked for", "with safe names"),
    Meddles: ("recording stays as it was", "read from it only"),
    Silent: ("left out is said", "a sentence each"),
    Percent: ("how far it is", "shares from 0 to 1"),
}
