"""The testing kit: contracts that give a plugin's tests for free, and devices that misbehave as they are told.

Subclass a contract, name the plugin, and pytest runs its laws. ``groundup plugin check NAME`` runs them on what is
installed. It stands on hypothesis: ``pip install "groundup[testing]"`` brings it and pytest.
"""

from groundup.testing.async_device import AsyncDeviceContract
from groundup.testing.async_peer import AsyncPeer, Radio
from groundup.testing.collector import PATIENCE_S, Collector, driven
from groundup.testing.device import DeviceContract
from groundup.testing.formats import ExporterContract, ImporterContract
from groundup.testing.law import Contract, LawBrokenError, NotTried, Verdict, check_laws, require
from groundup.testing.lines import Pty, SerialPeer, TcpPeer
from groundup.testing.measured import Measured
from groundup.testing.metric import MetricContract
from groundup.testing.peers import Faults, Peer
from groundup.testing.people import Person, riser, walker
from groundup.testing.processor import ProcessorContract
from groundup.testing.recordings import awkward_recording

__all__ = [
    "PATIENCE_S",
    "AsyncDeviceContract",
    "AsyncPeer",
    "Collector",
    "Contract",
    "DeviceContract",
    "ExporterContract",
    "Faults",
    "ImporterContract",
    "LawBrokenError",
    "Measured",
    "MetricContract",
    "NotTried",
    "Peer",
    "Person",
    "ProcessorContract",
    "Pty",
    "Radio",
    "SerialPeer",
    "TcpPeer",
    "Verdict",
    "awkward_recording",
    "check_laws",
    "driven",
    "require",
    "riser",
    "walker",
]
