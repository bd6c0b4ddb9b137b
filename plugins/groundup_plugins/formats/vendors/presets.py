"""Tables that programs of vendors write, as data: how each is known, and which stream, type and unit a column is.

A preset stands on ``[import.csv]`` (`vendors/tables.py`): what it does not say is found out or asked for as in any CSV
file.
"""

from dataclasses import dataclass

_UNIT_BEHIND = r"(?P<label>.*?)\s*[\[(](?P<unit>[^\[\]()]*)[\])]"
"""``Fx [N]``, ``Fx (N)``."""
_DOT_RATES = (1.0, 4.0, 10.0, 12.0, 15.0, 20.0, 30.0, 60.0, 120.0)


@dataclass(frozen=True)
class Columns:
    """What the columns are whose label, without its unit, is as this pattern; capitals do not count.

    Attributes
    ----------
    label : str
        Regular expression for the whole label.
    stream : str
        Key of their stream; empty: left out, since it says nothing of the body. ``{n}`` is the group ``n`` of the
        label, or how many columns of this label there were so far; ``{sensor}`` numbers the different texts of the
        group ``sensor``.
    type : str
        Content type of the stream.
    unit : str
        Where the file says none, since the vendor's manual does.
    site : str
        ``plate:{n}`` for plates.
    words : bool
        Whether they hold words, as markers do.
    in_unit : str
        Regular expression that the unit has to match, for this to count.
    beside : str
        Regular expression that the label of another column has to match, for this to count.
    """

    label: str
    stream: str
    type: str = "Analog"
    unit: str = ""
    site: str = ""
    words: bool = False
    in_unit: str = ""
    beside: str = ""


@dataclass(frozen=True)
class Preset:
    """One kind of file.

    Attributes
    ----------
    name : str
        For ``--as`` and ``[import.NAME]``.
    program : str
        What writes it.
    suffixes : tuple of str
    known_by : str
        Regular expression that the first lines of such a file match, and those of no other; empty: chosen by ``--as``
        only.
    labels : str
        Regular expression for what the line of labels begins with.
    columns : tuple of Columns
        The first that fits a column counts; a column that none fits is a channel of the stream ``analog``.
    time : str
        Regular expression for the labels of columns that tell the time; empty if none does.
    time_unit : str
        Of the time, where neither the label nor a line of units says it; ``samples`` for a counter of them.
    wraps : int
        At which count the time begins anew; 0: never.
    rate : str
        Regular expression with the sampling rate in its first group, for the lines above the labels.
    count : str
        Regular expression with the number of rows in its first group, for the lines above the labels.
    rates : tuple of float
        Rates that the devices have, in Hz: a time column that tells another is in another unit.
    units_row : bool
        Whether a line of units follows the labels.
    unit_in_label : str
        Regular expression with the groups ``label`` and ``unit``.
    names : tuple of str
        Labels of the columns, over and over, where such files have no line of labels.
    muscles : bool
        Whether people write muscles into the labels of EMG channels.
    shared_clock : str
        Regular expression for the first lines of files whose times are those of one clock.
    names_no_session : bool
        Whether those lines say that there is a shared clock, and not which.
    """

    name: str
    program: str
    suffixes: tuple[str, ...]
    known_by: str
    labels: str
    columns: tuple[Columns, ...]
    time: str = ""
    time_unit: str = ""
    wraps: int = 0
    rate: str = ""
    count: str = ""
    rates: tuple[float, ...] = ()
    units_row: bool = False
    unit_in_label: str = _UNIT_BEHIND
    names: tuple[str, ...] = ()
    muscles: bool = False
    shared_clock: str = ""
    names_no_session: bool = False


BIOWARE = Preset(
    name="bioware",
    program="Kistler BioWare",
    suffixes=(".txt",),
    known_by=r"\A\W*BioWare",
    labels=r"abs time",
    time=r"abs time",
    time_unit="s",
    rate=r"Rate \(Hz\):\s*([\d.]+)",
    count=r"Samples \(#\):\s*(\d+)",
    units_row=True,
    columns=(
        Columns(r"[FM][xyz]", "plate_{n}", "Force", site="plate:{n}"),
        Columns(r"Fx12|Fx34|Fy14|Fy23|Fz[1-4]", "plate_{n}_sensors", "Force"),
        Columns(r"A[xy]|Tz", "plate_{n}_cop", "Force"),
    ),
)

BERTEC = Preset(
    name="bertec",
    program="Bertec Digital Acquire",
    suffixes=(".csv", ".txt"),
    known_by=r"(?i)\ABertec|^.*Bertec (Digital )?Acquire",
    labels=r".*\b(FP?\d?[ ._-]?)?F[xyz]",
    time=r"time(stamp)?",
    rate=r"(?i)(?:sampl\w+ )?(?:rate|frequency)[^\d\n]*([\d.]+)",
    columns=(
        Columns(
            r"(?:FP|plate|force ?plate)?[ ._-]*(?P<n>\d*)[ ._:-]*[FM][xyz]", "plate_{n}", "Force", site="plate:{n}"
        ),
        Columns(r"[FM][xyz][ ._-]*(?P<n>\d+)", "plate_{n}", "Force", site="plate:{n}"),
        Columns(r".*(?P<n>\d*).*co[pf][ ._]*[xyz]\d*", "plate_{n}_cop", "Force"),
        Columns(r"sample|frame|index|sample ?(number|#)", ""),
    ),
)

AMTI = Preset(
    name="amti",
    program="AMTI NetForce",
    suffixes=(".txt", ".csv"),
    known_by="",
    labels="",
    names=("Fx", "Fy", "Fz", "Mx", "My", "Mz"),
    columns=(Columns(r"[FM][xyz]", "plate_{n}", "Force", site="plate:{n}"),),
)

EMGWORKS = Preset(
    name="emgworks",
    program="Delsys EMGworks",
    suffixes=(".csv", ".txt"),
    known_by=r'(?m)^"?X ?\[s\]"?\s*[,;\t]',
    labels=r"X ?\[s\]",
    time=r"X",
    time_unit="s",
    muscles=True,
    columns=(
        Columns(r".*\bEMG.*", "emg", "EMG"),
        Columns(r"(?P<sensor>.*?)[:.]? *(ACC|GYRO?|MAG)\b.*", "imu_{sensor}", "IMU"),
    ),
)

NORAXON = Preset(
    name="noraxon",
    program="Noraxon MR",
    suffixes=(".csv", ".txt"),
    known_by=(
        r'(?im)Noraxon MR|^"?time(, ?s| ?\(s\))?"?[,;\t]'
        r'(?=.*(\bActivity"?[,;\t]"?Marker\b|Ultium EMG\b|\b(LT|RT)\b[^,;\t]*(, ?| ?\()[uµμ]V))'
    ),
    labels=r"time",
    time=r"time",
    time_unit="s",
    rate=(
        r'(?im)^\W*type\b.*\bfrequency\b.*\n\W*record"?'
        r'(?:,"?[\d.]+"?,|[;\t]"?[\d.,]+"?[;\t])"?(\d+(?:\.\d+)?)'
    ),
    unit_in_label=r"(?P<label>.*?)(?:, ?(?P<unit>[^,()]+)|\s*\((?P<unit2>[^()]*)\))",
    muscles=True,
    columns=(
        Columns(r"Activity|Marker", "markers", "Markers", words=True),
        Columns(r".*\bAccel\w* ?(?P<sensor>\d*)[ .]*A?[xyz]", "imu_{sensor}", "IMU"),
        Columns(r".*\bGyro\w* ?(?P<sensor>\d*)[ .]*G?[xyz]", "imu_{sensor}", "IMU"),
        Columns(r".*\bMag\w* ?(?P<sensor>\d*)[ .]*M?[xyz]", "imu_{sensor}", "IMU"),
        Columns(r".*(Sync|Switch|Velocity|Force|Pressure|Angle|Flexion|Course|Pitch|Roll)\b.*", "analog"),
        Columns(r".*\bEMG.*|(LT|RT|left|right)\b.*|.* (LT|RT|left|right)", "emg", "EMG"),
        Columns(r".*", "emg", "EMG", in_unit=r"[uµμm]?V"),
    ),
)

MOVELLA_DOT = Preset(
    name="movella_dot",
    program="Movella (Xsens) DOT",
    suffixes=(".csv", ".txt"),
    known_by=r"(?is)\A(?!\s*//)(?=.*PacketCounter\W+SampleTimeFine)(?=.*(DeviceTag|DOT\b|Quat_W|Euler_X|dq_W|SyncStatus))",
    labels=r"PacketCounter",
    time=r"SampleTimeFine",
    time_unit="us",
    wraps=2**32,
    rate=r"(?i)OutputRate\W+([\d.]+)",
    rates=_DOT_RATES,
    columns=(
        Columns(r"PacketCounter", ""),
        Columns(r"Acc_[XYZ]", "imu", "IMU", "m/s^2"),
        Columns(r"Gyr_[XYZ]", "imu", "IMU", "deg/s"),
        Columns(r"Mag_[XYZ]", "imu", "IMU", "a.u."),
        Columns(r"FreeAcc_[XYZ]", "free_acceleration", "Model", "m/s^2"),
        Columns(r"Euler_[XYZ]", "orientation", "Model", "deg"),
        Columns(r"Quat_[WXYZ]", "orientation", "Model", "1"),
        Columns(r"dv(_|\[)?[XYZ123]\]?", "increments", "Model", "m/s"),
        Columns(r"dq_[WXYZ]", "increments", "Model", "1"),
        Columns(r"Status|ClipCount\w*|\w*RSSI", "status", "Other"),
    ),
    shared_clock=r"(?i)SyncStatus\W+Synced",
    names_no_session=True,
)

MT_MANAGER = Preset(
    name="mt_manager",
    program="Xsens MT Manager",
    suffixes=(".txt", ".csv"),
    known_by=r"(?is)\A\s*//(?=.*PacketCounter)",
    labels=r"PacketCounter",
    time=r"PacketCounter",
    time_unit="samples",
    wraps=2**16,
    rate=r"(?i)(?:Sample|Update) ?Rate\W+([\d.]+)",
    columns=(
        Columns(r"SampleTimeFine|UTC_\w+|Year|Month|Day|Hour|Minute|Second|Nano", ""),
        Columns(r"Acc_[XYZ]", "imu", "IMU", "m/s^2"),
        Columns(r"Gyr_[XYZ]", "imu", "IMU", "rad/s"),
        Columns(r"Mag_[XYZ]", "imu", "IMU", "a.u."),
        Columns(r"FreeAcc_[XYZ]|FreeAcc_[ENU]", "free_acceleration", "Model", "m/s^2"),
        Columns(r"Roll|Pitch|Yaw", "orientation", "Model", "deg"),
        Columns(r"Quat_(q[0-3]|[WXYZ])|Mat\[\d\]\[\d\]", "orientation", "Model", "1"),
        Columns(r".*", "status", "Other"),
    ),
)

SHIMMER = Preset(
    name="shimmer",
    program="Shimmer Consensys",
    suffixes=(".csv", ".txt"),
    known_by=r"(?m)^\W*\w+_Timestamp(Sync)?_\w*(CAL|RAW)\b",
    labels=r"\w+_Timestamp",
    time=r".*_Timestamp(Sync)?_(Unix|Unsynced|SyncUnix)?_?(Unix_)?CAL",
    units_row=True,
    columns=(
        Columns(r".*_Accel_WR_[XYZ]_CAL", "imu_wide_range", "IMU", beside=r".*_Accel_LN_[XYZ]_CAL"),
        Columns(r".*_(Accel(_LN|_WR)?|Gyro|Mag)_[XYZ]_CAL", "imu", "IMU"),
        Columns(r".*_EMG_CH\d_\d\dBIT_CAL", "emg", "EMG"),
        Columns(r".*_Timestamp.*", ""),
        Columns(r".*_RAW", "raw", "Other"),
    ),
    shared_clock=r"_TimestampSync_Unix_CAL",
)

PRESETS = (BIOWARE, BERTEC, AMTI, EMGWORKS, NORAXON, MOVELLA_DOT, MT_MANAGER, SHIMMER)
