"""lab.toml: who is recorded, with what devices, and what each channel is.

The tables are the structs below; a key they do not have, a value they cannot take or a site that no body has is a
`LabError`: a sentence that names the file, the table and the key, and the nearest name that would do.
"""

import math
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from groundup.lab.errors import LabError, nearest, settings_from, shown
from groundup.lab.settings import Settings
from groundup.lab.sites import unknown_site
from groundup.lab.stream_tables import is_of_device, safe_id, stream_tables
from groundup.lab.toml_remedy import toml_remedy
from groundup.model.anatomy import Side
from groundup.model.plate_corners import corners_flaw
from groundup.model.plate_types import PLATE_TYPES, PlateNumber
from groundup.model.streams import Plate
from groundup.model.subject import OF_THE_PERSON, Subject, Treadmill

__all__ = ["Lab", "LabDevice", "LabError", "LabStream", "load_lab", "parse_lab", "settings_from"]

_PLUGINS = ("metrics", "exporters", "checks")
Rate = Annotated[float, msgspec.Meta(gt=0, le=1e6)]
BeltSpeed = Annotated[float, msgspec.Meta(ge=0, le=12)]
Conditions = Annotated[
    tuple[Annotated[str, msgspec.Meta(min_length=1, max_length=40)], ...], msgspec.Meta(max_length=9)
]
Vector = tuple[float, float, float]


class Participant(Settings, frozen=True):
    """``[participant]``: the person; what is not known is left out. Its numbers are those of `Subject`.

    Attributes
    ----------
    id : str
        What the person is called in files and reports: a pseudonym, not a name.
    sex : str
        ``F`` or ``M``, for norms that are by it.
    """

    id: str = ""
    sex: Literal["", "F", "M"] = ""


_PERSON: Any = msgspec.defstruct(
    "Participant",
    [(key, Annotated[float, msgspec.Meta(gt=0, lt=one.most)], math.nan) for key, one in OF_THE_PERSON.items()],
    bases=(Participant,),
    namespace={"__doc__": "``[participant]``: the person; what is not known is left out."},
    frozen=True,
)


class LabTreadmill(Settings, frozen=True):
    """``[treadmill]``: how fast the belt goes, where no stream of type Treadmill says it.

    Attributes
    ----------
    speed_m_s : float or None
        In m/s. Left out, only the trials that are named are on the belt.
    trials : dict of str to float
        By the name of a trial, in m/s: ``[treadmill.trials]``, ``"fast" = 1.8``; 0 where it is overground.
    """

    speed_m_s: BeltSpeed | None = None
    trials: dict[str, BeltSpeed] = msgspec.field(default_factory=dict)


class LabClinic(Settings, frozen=True):
    """``[clinic]``: where and by whom a person is recorded, for the head of the report.

    Attributes
    ----------
    name, address : str
        As they are printed at the head of a report.
    logo : str
        A picture beside lab.toml (PNG, JPEG, SVG), by its path from there.
    referrer : str
        Who sent the person.
    tester : str
        Who measures.
    """

    name: str = ""
    address: str = ""
    logo: str = ""
    referrer: str = ""
    tester: str = ""


class LabDevice(msgspec.Struct, frozen=True, kw_only=True):
    """``[devices.NAME]``: a driver to start, and its own settings.

    Attributes
    ----------
    driver : str
        Name of the driver plugin.
    required : bool
        Whether recording without it is a fault.
    settings : dict
        The driver's own keys, for `settings_from` with the driver's ``settings_type``.
    """

    driver: str
    required: bool = True
    settings: dict[str, Any] = {}


class LabChannel(Settings, frozen=True):
    """``[streams.ID.channels] "label" = {...}``: what the lab knows better; empty keeps the device's.

    Attributes
    ----------
    site : str
        Muscle, segment or plate (``"soleus"``, ``"shank"``, ``"plate:1"``): see Names, signs and axes.
    side : {"", "L", "R"}
        Side of the body.
    unit : str
        Of its samples, as they are sent.
    """

    site: str = ""
    side: Side = ""
    unit: str = ""


class LabPlate(Settings, frozen=True):
    """``[streams.ID.plate]``: a force plate's geometry, in the terms of the C3D standard, in metres.

    Attributes
    ----------
    type : {1, 2, 3, 4, 5}
        What its channels are: see Signs of a force plate.
    corners_m : four points
        In the lab, going round the plate, from where its own x and y are both positive.
    origin_m : point
        From the sensors' origin to the middle of the surface, in plate axes; (a, b, az0) of type 3.
    calibration : rows of numbers
        Matrix that makes forces and moments of the channels; types 4 and 5 need it.
    """

    type: PlateNumber
    corners_m: tuple[Vector, Vector, Vector, Vector]
    origin_m: Vector = (0.0, 0.0, 0.0)
    calibration: tuple[tuple[float, ...], ...] | None = None

    def __post_init__(self) -> None:
        """Check what the types cannot say."""
        matrix = self.calibration
        if matrix is not None and (not matrix or any(len(row) != len(matrix[0]) for row in matrix)):
            raise ValueError("calibration needs rows of equal length, such as 6 rows of 6 numbers")
        if PLATE_TYPES[self.type].needs_calibration and matrix is None:
            raise ValueError(f"a plate of type {self.type} needs its calibration matrix: calibration = [[...], ...]")
        flaw = corners_flaw(self.corners_m)
        if flaw:
            raise ValueError(f"corners_m {flaw}: give the four in metres, going round the plate")

    def plate(self) -> Plate:
        """As the streams have it."""
        return Plate(self.type, self.corners_m, self.origin_m, self.calibration)


class LabStream(Settings, frozen=True):
    """``[streams.ID]``: a stream to record, and what the lab knows of it.

    Attributes
    ----------
    match : str
        LSL predicate; empty means ``name='ID'`` (`Lab.predicate`).
    required : bool
        Whether recording without it is a fault.
    rate : float or None
        The sampling rate it must have, in Hz.
    latency_s : float or None
        How late the device stamps its samples (positive: late); None keeps what the stream says.
    bandwidth_hz : float or None
        Up to which frequency the sensor passes what it measures; None keeps what the stream says, if anything.
    channels : dict of label to table
        What each channel is: ``[streams.ID.channels]``.
    plate : table
        Geometry, where it is a force plate: ``[streams.ID.plate]``.
    """

    match: str = ""
    required: bool = True
    rate: Rate | None = None
    latency_s: float | None = None
    bandwidth_hz: Rate | None = None
    channels: dict[str, LabChannel] = msgspec.field(default_factory=dict)
    plate: LabPlate | None = None


class LabProcess(Settings, frozen=True):
    """``[[process]]``: one processor on one signal.

    Attributes
    ----------
    processor : str
        Its name.
    input : str
        Id of the signal it takes, or a kind: then all signals of that kind.
    output : str
        Id of what it makes; empty: the processor's own choice.
    replaces : bool
        Whether everything after it takes what it makes in place of its input; the raw samples stay in the file.
    parameters : dict
        Keys of the processor's settings.
    """

    processor: str
    input: str
    output: str = ""
    replaces: bool = False
    parameters: dict[str, Any] = msgspec.field(default_factory=dict)


class LabLive(Settings, frozen=True):
    """``[live]``: which metrics are computed, and which processed signals are published, while recording.

    Attributes
    ----------
    metrics : list of str
        Names of metrics (``groundup metrics`` lists them).
    publish : list of str
        Ids of processed signals that become LSL streams.
    """

    metrics: tuple[str, ...] = ()
    publish: tuple[str, ...] = ()


class LabRecord(Settings, frozen=True):
    """``[record]``: how a recording is kept, and the conditions that its keys begin trials of.

    Attributes
    ----------
    keep_journal : bool
        Whether the journal stays beside a recording that holds all of it.
    aligned_rate_hz : float or None
        All channels on one time base of this rate too, in `/aligned`; None makes none.
    conditions : tuple of str
        A trial of each begins on the recorder's screen by its digit, 1 to 9.
    """

    keep_journal: bool = False
    aligned_rate_hz: Rate | None = None
    conditions: Conditions = ()


class LabNorms(Settings, frozen=True):
    """``[norms]``: files that values are held against, beside lab.toml or beside the recording.

    Attributes
    ----------
    files : tuple of str
        Norms, of ``groundup norms build``; they come before those that are installed.
    reliability : str
        What this lab can tell apart, of ``groundup reliability``.
    """

    files: tuple[str, ...] = ()
    reliability: str = ""


class Lab(msgspec.Struct, frozen=True, kw_only=True):
    """A whole lab.toml; `text` is the file, verbatim, and `imports` the tables ``[import.NAME]``.

    `metrics`, `exporters` and `checks` are what ``[metrics.NAME]`` and its like choose for plugins of that name.
    """

    text: str
    where: str = "lab.toml"
    clinic: LabClinic = LabClinic()
    participant: Participant = _PERSON()
    treadmill: LabTreadmill = LabTreadmill()
    devices: dict[str, LabDevice] = {}
    streams: dict[str, LabStream] = {}
    process: tuple[LabProcess, ...] = ()
    live: LabLive = LabLive()
    record: LabRecord = LabRecord()
    norms: LabNorms = LabNorms()
    imports: dict[str, dict[str, Any]] = {}
    metrics: dict[str, dict[str, Any]] = {}
    exporters: dict[str, dict[str, Any]] = {}
    checks: dict[str, dict[str, Any]] = {}

    @property
    def has_live(self) -> bool:
        """Whether it wants anything live."""
        return bool(self.live.metrics or self.live.publish)

    @property
    def subject(self) -> Subject:
        """The participant, as metrics ask for it."""
        speed = self.treadmill.speed_m_s
        belt = Treadmill(math.nan if speed is None else speed, dict(self.treadmill.trials))
        return Subject(treadmill=belt, **{key: getattr(self.participant, key) for key in OF_THE_PERSON})

    def requires(self, device: str, stream: str = "") -> bool:
        """Whether a device is required, or of one of its streams whether that is."""
        return self.streams[stream].required if stream in self.streams else self.devices[device].required

    def streams_of(self, device: str) -> list[str]:
        """The streams of a device that have a table."""
        return [id for id in self.streams if id.partition(".")[0] == device]

    def predicate(self, stream_id: str) -> str:
        """The LSL predicate that finds a stream."""
        return self.streams[stream_id].match or f"name='{stream_id}'"


def with_person(lab: Lab, participant: str, subject: Subject, sex: Literal["", "F", "M"] = "") -> Lab:
    """The lab with another person: an id, the numbers that are known, and sex."""
    numbers = {key: value for key, value in subject.numbers.items() if not math.isnan(value)}
    return msgspec.structs.replace(lab, participant=_PERSON(id=participant, sex=sex, **numbers))


def load_lab(path: Path | str) -> Lab:
    """Read a lab.toml.

    Raises
    ------
    LabError
        If it is not there, is no TOML, or says something that no lab has; the message says what and where.
    """
    try:
        raw = Path(path).read_bytes()
    except OSError as error:
        first = "; groundup init writes one" if isinstance(error, FileNotFoundError) else ""
        raise LabError(f"{path} cannot be read: {error.strerror}{first}") from error
    try:
        return parse_lab(raw.decode("utf-8"), str(path))
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise LabError(f"{path} is not UTF-8 text: see line {line}; save it with the encoding UTF-8") from error


def parse_lab(text: str, where: str = "lab.toml") -> Lab:
    """Read the text of a lab.toml; `where` names it in errors.

    Raises
    ------
    LabError
        As `load_lab`.
    """
    try:
        tables = tomllib.loads(text.removeprefix("\ufeff"))
    except tomllib.TOMLDecodeError as error:
        raise LabError(f"{where} is not valid TOML: {error}{toml_remedy(text, str(error))}") from error
    known = (
        "clinic",
        "participant",
        "treadmill",
        "devices",
        "streams",
        "process",
        "live",
        "record",
        "norms",
        "import",
        *_PLUGINS,
    )
    for name in tables:
        if name not in known:
            raise LabError(f"{where} has an unknown table [{name}]{nearest(name, known)}")
    return Lab(
        text=text,
        where=where,
        clinic=settings_from(tables.get("clinic", {}), LabClinic, f"{where}: [clinic]"),
        participant=settings_from(tables.get("participant", {}), _PERSON, f"{where}: [participant]"),
        treadmill=settings_from(tables.get("treadmill", {}), LabTreadmill, f"{where}: [treadmill]"),
        devices={
            name: _device(value, f"{where}: [devices.{name}]")
            for name, value in _tables(tables, "devices", where).items()
        },
        streams={name: _stream(value, place) for name, (value, place) in _all_streams(tables, where).items()},
        process=_processes(tables.get("process", []), where),
        live=settings_from(tables.get("live", {}), LabLive, f"{where}: [live]"),
        record=settings_from(tables.get("record", {}), LabRecord, f"{where}: [record]"),
        norms=settings_from(tables.get("norms", {}), LabNorms, f"{where}: [norms]"),
        # What files of a kind look like is the importer's to say; `groundup.sources.importers` holds it against its
        # settings.
        imports=_tables(tables, "import", where),
        # So are these, of the plugins of each name (`groundup.plugin.chosen`).
        **{kind: _tables(tables, kind, where) for kind in _PLUGINS},
    )


def _tables(tables: dict[str, Any], name: str, where: str) -> dict[str, Any]:
    value = tables.get(name, {})
    if not isinstance(value, dict):
        raise LabError(f"{where}: {name} is {shown(value)}; tables [{name}.ID] are expected")
    for key in value:
        if not safe_id(key) and not (name == "streams" and is_of_device(key)):
            raise LabError(
                f'{where}: [{name}."{key}"] cannot be used as a name in the recording; '
                "use up to 64 letters, digits, _ and -"
            )
    return value


def _all_streams(tables: dict[str, Any], where: str) -> dict[str, tuple[Any, str]]:
    return stream_tables(_tables(tables, "streams", where), _tables(tables, "devices", where), where)


def _device(table: Any, where: str) -> LabDevice:
    if not isinstance(table, dict):
        raise LabError(f"{where} is {shown(table)}; a table is expected")
    own = {key: value for key, value in table.items() if key in ("driver", "required", "streams")}
    device = settings_from(own, _DeviceKeys, where)
    return LabDevice(
        driver=device.driver,
        required=device.required,
        settings={key: value for key, value in table.items() if key not in own},
    )


class _DeviceKeys(Settings, frozen=True):
    """``[devices.NAME]``: a driver to start; its own settings stand beside these keys, see the driver's page.

    Attributes
    ----------
    driver : str
        Name of the driver (``groundup plugins`` lists them).
    required : bool
        Whether recording without it is a fault.
    streams : dict of key to table
        What the lab knows of each of its streams: ``[devices.NAME.streams.KEY]``.
    """

    driver: str
    required: bool = True
    streams: dict[str, Any] = msgspec.field(default_factory=dict)


TABLES: dict[str, type[Settings]] = {
    "[participant]": _PERSON,
    "[clinic]": LabClinic,
    "[treadmill]": LabTreadmill,
    "[devices.NAME]": _DeviceKeys,
    "[streams.ID]": LabStream,
    "[devices.NAME.streams.KEY]": LabStream,
    '[streams.ID.channels] "label"': LabChannel,
    "[streams.ID.plate]": LabPlate,
    "[[process]]": LabProcess,
    "[live]": LabLive,
    "[record]": LabRecord,
    "[norms]": LabNorms,
}
"""What each table of lab.toml takes, for the reference."""


def _stream(table: Any, where: str) -> LabStream:
    stream = settings_from(table, LabStream, where)
    for label, channel in stream.channels.items():
        if wrong := unknown_site(channel.site):
            raise LabError(f'{where[:-1]}.channels] "{label}" {wrong}')
    return stream


def _processes(value: Any, where: str) -> tuple[LabProcess, ...]:
    if not isinstance(value, list):
        raise LabError(f"{where}: process is {shown(value)}; [[process]] (in double brackets) is expected")
    return tuple(
        settings_from(table, LabProcess, f"{where}: [[process]] number {number}")
        for number, table in enumerate(value, 1)
    )
