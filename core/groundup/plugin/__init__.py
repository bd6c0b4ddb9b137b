"""The public API for plugins: everything a driver, processor, metric or format needs is imported from here."""

from groundup.headers.stream_header import spec_from_xml
from groundup.lab.label_guess import guessed_site
from groundup.lab.settings import Settings
from groundup.lab.tables import LabPlate
from groundup.model.anatomy import ANTAGONISTS, ANTIGRAVITY, GLUTEAL, MUSCLES, SEGMENT_RANK, SYNERGISTS, Side
from groundup.model.event_json import event_json
from groundup.model.events import Event, EventKind, SitToStand, Stance, Stride, Trial
from groundup.model.health import About, HealthLevel
from groundup.model.mapped import from_columns
from groundup.model.plate_corners import corners_flaw
from groundup.model.plate_types import PLATE_TYPES
from groundup.model.signals import Floats, Signal, Trace
from groundup.model.stream_keys import as_key
from groundup.model.streams import Channel, Format, Plate, StreamSpec
from groundup.model.subject import Subject
from groundup.model.uncertain import Uncertain
from groundup.model.units import ACCELERATION, ANGULAR_VELOCITY, FORCE, LENGTH, VOLTAGE
from groundup.plugin.api import API_VERSION
from groundup.plugin.async_device import AsyncDevice
from groundup.plugin.check import Check, Finding, graded
from groundup.plugin.command import command
from groundup.plugin.detector import EVENT_DTYPE, Detection, Detector, Search
from groundup.plugin.device import Device, Sink
from groundup.plugin.formats import Exporter, Imported, ImportedStream, Importer, Progress
from groundup.plugin.gait_processor import Gait, GaitProcessor
from groundup.plugin.hookspecs import hookimpl
from groundup.plugin.metric import Metric, metric
from groundup.plugin.missing import UnusableDeviceError, missing
from groundup.plugin.need import Need
from groundup.plugin.need_functions import (
    DISTANCE,
    LEGS,
    LOAD,
    RISES,
    STEP,
    SUBJECT,
    acc,
    both_sides,
    cop,
    each,
    emg,
    events,
    grf,
    gyr,
    joint,
    marker,
    other,
    raw_emg,
    signal,
    stream,
)
from groundup.plugin.norm import AtSpeed, Norm, interval_of_people
from groundup.plugin.norm_file import norms_from_file
from groundup.plugin.not_computable import NotComputableError
from groundup.plugin.option import CommandError, option
from groundup.plugin.panel import Panel
from groundup.plugin.polled import POLL_S, PolledDevice, say
from groundup.plugin.processor import CausalProcessor, Processor, Product
from groundup.plugin.sample_clock import SampleClock, unwrap
from groundup.plugin.scan import ScanResult
from groundup.plugin.sensor_port import SensorPort, SensorStream
from groundup.plugin.stage import Made, NativeStage, SampleStage, SignalForm, Stage
from groundup.plugin.streams import Streams

__all__ = [
    "ACCELERATION",
    "ANGULAR_VELOCITY",
    "ANTAGONISTS",
    "ANTIGRAVITY",
    "API_VERSION",
    "DISTANCE",
    "EVENT_DTYPE",
    "FORCE",
    "GLUTEAL",
    "LEGS",
    "LENGTH",
    "LOAD",
    "MUSCLES",
    "PLATE_TYPES",
    "POLL_S",
    "RISES",
    "SEGMENT_RANK",
    "STEP",
    "SUBJECT",
    "SYNERGISTS",
    "VOLTAGE",
    "About",
    "AsyncDevice",
    "AtSpeed",
    "CausalProcessor",
    "Channel",
    "Check",
    "CommandError",
    "Detection",
    "Detector",
    "Device",
    "Event",
    "EventKind",
    "Exporter",
    "Finding",
    "Floats",
    "Format",
    "Gait",
    "GaitProcessor",
    "HealthLevel",
    "Imported",
    "ImportedStream",
    "Importer",
    "LabPlate",
    "Made",
    "Metric",
    "NativeStage",
    "Need",
    "Norm",
    "NotComputableError",
    "Panel",
    "Plate",
    "PolledDevice",
    "Processor",
    "Product",
    "Progress",
    "SampleClock",
    "SampleStage",
    "ScanResult",
    "Search",
    "SensorPort",
    "SensorStream",
    "Settings",
    "Side",
    "Signal",
    "SignalForm",
    "Sink",
    "SitToStand",
    "Stage",
    "Stance",
    "StreamSpec",
    "Streams",
    "Stride",
    "Subject",
    "Trace",
    "Trial",
    "Uncertain",
    "UnusableDeviceError",
    "acc",
    "as_key",
    "both_sides",
    "command",
    "cop",
    "corners_flaw",
    "each",
    "emg",
    "event_json",
    "events",
    "from_columns",
    "graded",
    "grf",
    "guessed_site",
    "gyr",
    "hookimpl",
    "interval_of_people",
    "joint",
    "marker",
    "metric",
    "missing",
    "norms_from_file",
    "option",
    "other",
    "raw_emg",
    "say",
    "signal",
    "spec_from_xml",
    "stream",
    "unwrap",
]
