"""Streams that are on the network already, sent on with the sites and units that lab.toml gives them.

A recorder joins such streams by itself (``[streams.ID]``); this driver is for those whose sender gives its channels no
names or units that other programs could read.
"""

import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Annotated, Any, ClassVar

import msgspec
import numpy as np

from groundup.plugin import (
    Channel,
    Device,
    PolledDevice,
    Settings,
    Side,
    Sink,
    StreamSpec,
    hookimpl,
    spec_from_xml,
)  # fmt: skip

_LOOK_S = 1.5
_ANSWER_S = 3.0
_LOOK_AGAIN_S = 0.01


class LslChannel(Settings, frozen=True):
    """``channels."label" = {...}``: what the lab knows of a channel; empty keeps what the sender says.

    Attributes
    ----------
    rename : str
        Another label.
    unit, site, side : str
        As in ``[streams.ID.channels]``.
    """

    rename: str = ""
    unit: str = ""
    site: str = ""
    side: Side = ""


class LslSettings(Settings, frozen=True, kw_only=True):
    """Which stream, and what the lab knows of it.

    Attributes
    ----------
    match : str
        LSL predicate: ``name='Gait insole' and type='Force'``. It must fit one stream only.
    name : str
        Name of the stream that is sent on; empty adds `` (lab)`` to its own.
    type : str
        LSL's content type; empty keeps the sender's.
    channels : table
        By the sender's labels; a sender that gives none has ``ch1``, ``ch2`` ...
    latency_s : float or None
        How late the sender stamps its samples; None keeps what it says.
    """

    match: str
    name: str = ""
    type: str = ""
    channels: dict[str, LslChannel] = msgspec.field(default_factory=dict)
    latency_s: Annotated[float, msgspec.Meta(ge=-60, le=60)] | None = None


class LslStream(PolledDevice):
    """A stream of the network, sent on with its sender's time stamps."""

    name = "lsl"
    level = "simulated"
    settings_type: ClassVar[type[Settings]] = LslSettings

    def __init__(self, settings: LslSettings) -> None:
        super().__init__(settings)
        self._settings = settings
        self._inlet: Any = None
        self._text = False
        self._sent_as = ""

    @classmethod
    @contextmanager
    def simulated(cls) -> Iterator[Settings]:
        """A sender of another program."""
        import pylsl

        name = f"simulated-{uuid.uuid4()}"
        outlet = pylsl.StreamOutlet(pylsl.StreamInfo(name, "Force", 2, 100.0, "float32", name))
        stop = threading.Event()
        sender = threading.Thread(target=_send, args=(outlet, stop), daemon=True)
        sender.start()
        try:
            channels = {f"ch{n}": LslChannel(unit="N") for n in (1, 2)}
            yield LslSettings(match=f"name='{name}'", channels=channels)
        finally:
            stop.set()
            sender.join()

    def connect(self) -> StreamSpec:
        """Look for the stream, and read its description."""
        import pylsl

        settings = self._settings
        # Two are looked for: with one, the second that fits would go unnoticed.
        found = pylsl.resolve_bypred(settings.match, 2, _LOOK_S)
        # What this driver sends on is never what it looks for.
        found = [info for info in found if not self._sent_as or info.name() != self._sent_as]
        if not found:
            raise OSError(
                f"no stream on the network fits {settings.match}; `groundup streams` lists those that are there"
            )
        if len(found) > 1:
            names = ", ".join(info.name() for info in found)
            raise OSError(f"{settings.match} fits {len(found)} streams ({names}): say more, such as source_id='...'")
        # Not recovered by liblsl: loss is told, and the stream is looked for anew.
        self._inlet = pylsl.StreamInlet(found[0], max_buflen=60, recover=False, as_numpy=True)
        try:
            spec = spec_from_xml(self._inlet.info(_ANSWER_S).as_xml())
            self._inlet.open_stream(_ANSWER_S)
        except (RuntimeError, ValueError) as error:  # pylsl's own errors are RuntimeErrors
            raise OSError(f"the stream {settings.match} does not answer: {error}") from error
        self._text = spec.format == "string"
        known = self._as_lab_knows(spec)
        self._sent_as = known.name
        return known

    def read(self, sink: Sink) -> None:
        """Push what has come, with the sender's time stamps on this computer's clock."""
        try:
            # Without waiting: what a timed pull had taken when the stream was lost would be lost with it.
            samples, stamps = self._inlet.pull_chunk(0.0, 4096)
            if len(stamps) == 0:
                self.wait(_LOOK_AGAIN_S)
                return
            offset = self._inlet.time_correction(_ANSWER_S)
        except RuntimeError as error:
            raise OSError(f"the stream {self._settings.match} is gone") from error
        rows = [[bytes(v).decode("utf-8", "replace") for v in row] for row in samples] if self._text else samples
        sink.push(rows, np.asarray(stamps, np.float64) + offset)

    def disconnect(self) -> None:
        """Close the inlet."""
        if self._inlet is not None:
            with suppress(Exception):  # an inlet of a lost stream may complain about its own end
                self._inlet.close_stream()
            self._inlet = None

    def _as_lab_knows(self, spec: StreamSpec) -> StreamSpec:
        settings = self._settings
        labels = [channel.label for channel in spec.channels]
        for label in settings.channels:
            if label not in labels:
                raise OSError(f'the stream "{spec.name}" has no channel "{label}"; it has {", ".join(labels[:12])}')
        return replace(
            spec,
            name=settings.name or f"{spec.name} (lab)",
            type=settings.type or spec.type,
            channels=tuple(_channel(c, settings.channels.get(c.label, LslChannel())) for c in spec.channels),
            latency_s=spec.latency_s if settings.latency_s is None else settings.latency_s,
        )


def _channel(channel: Channel, lab: LslChannel) -> Channel:
    side = lab.side or ("" if lab.site else channel.side)
    return Channel(lab.rename or channel.label, lab.unit or channel.unit, lab.site or channel.site, side)


def _send(outlet: Any, stop: threading.Event) -> None:
    """A hundred samples a second."""
    import pylsl

    start, sent = pylsl.local_clock(), 0
    while not stop.wait(max(0.0, start + sent / 100.0 - pylsl.local_clock())):
        outlet.push_sample([1.0, 2.0], start + sent / 100.0)
        sent += 1


@hookimpl
def groundup_devices() -> list[type[Device]]:
    """The driver of streams on the network."""
    return [LslStream]
