"""Outlets: a `StreamSpec` published as an LSL stream."""

from collections.abc import Sequence
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np
from numpy.typing import NDArray

from groundup.lsl.library import load
from groundup.model.streams import StreamSpec, desc_xml
from groundup.model.subject import Subject


class Outlet:
    """One LSL outlet.

    Parameters
    ----------
    spec : StreamSpec
    source_id : str
        Unique on the network; the same after a restart, so that a recorder knows the stream again.
    subject : Subject, optional
        The person, when it is known who they are.
    """

    def __init__(self, spec: StreamSpec, source_id: str, subject: Subject | None = None) -> None:
        import pylsl

        load()  # with our settings, before pylsl loads it with its own
        info = pylsl.StreamInfo(spec.name, spec.type, len(spec.channels), spec.rate, spec.format, source_id)
        desc = ET.fromstring(desc_xml(spec))
        person = subject.xml() if subject is not None else None
        if person is not None:
            desc.append(person)
        _copy(desc, info.desc())
        self.spec = spec
        self.source_id = source_id
        self._outlet = pylsl.StreamOutlet(info)

    def push(
        self, samples: NDArray[np.generic] | Sequence[Sequence[str]], timestamps: NDArray[np.float64] | Sequence[float]
    ) -> None:
        """Publish samples, each with its own time stamp."""
        stamps = [float(t) for t in timestamps]
        if stamps and isinstance(samples, np.ndarray):
            self._outlet.push_chunk(samples, stamps)
            return
        for row, stamp in zip(samples, stamps, strict=True):  # text: pylsl takes longer over a chunk of it
            self._outlet.push_sample(list(row), stamp)

    def wait_for_consumer(self, timeout: float) -> bool:
        """Wait until somebody listens; False when nobody came."""
        return bool(self._outlet.wait_for_consumers(timeout))

    def has_consumer(self) -> bool:
        """Whether somebody listens."""
        return bool(self._outlet.have_consumers())


def _copy(source: ET.Element, target: Any) -> None:
    """Copy children of an XML element into pylsl's."""
    for child in source:
        if len(child):
            _copy(child, target.append_child(child.tag))
        else:
            target.append_child_value(child.tag, child.text or "")
