"""Binary files of vendors, written by libraries of others, or to their descriptions."""

import io
import tarfile
from pathlib import Path

import h5py
import numpy as np
from tests.plugins.formats.vendor_files import ROWS, waves


def write_apdm(path: Path) -> None:
    """A file of APDM's format 5, as scikit-digital-health reads it: two sensors."""
    with h5py.File(path, "w") as file:
        file.attrs["FileFormatVersion"] = 5
        for number, label in enumerate((b"Left Foot", b"Lumbar")):
            group = file.create_group(f"Sensors/{1000 + number}")
            about = group.create_group("Configuration")
            about.attrs["Label 0"] = np.bytes_(label)
            about.attrs["Sample Rate"] = 128
            about.attrs["Timezone Offset"] = 1
            values = waves(ROWS, 9) + number
            for name, part in zip(
                ("Accelerometer", "Gyroscope", "Magnetometer"), np.split(values, 3, axis=1), strict=True
            ):
                group[name] = part
            group["Temperature"] = np.full(ROWS, 21.0)
            group["Time"] = (1_700_000_000_000_000 + np.arange(ROWS) * 1e6 / 128).astype(np.uint64)


def write_edf(path: Path) -> None:
    """A file that edfio wrote: two EMG channels, an ECG and an accelerometer, and two annotations."""
    import edfio

    values = np.repeat(waves(100, 3), 10, axis=0)
    signals = [
        edfio.EdfSignal(values[:, 0], 1000, label="EMG L soleus", physical_dimension="mV"),
        edfio.EdfSignal(values[:, 1], 1000, label="EMG R soleus", physical_dimension="mV"),
        edfio.EdfSignal(values[:, 2], 1000, label="ECG", physical_dimension="mV"),
        *(
            edfio.EdfSignal(waves(100, 3)[:, axis], 100, label=f"ACC {'XYZ'[axis]}", physical_dimension="g")
            for axis in range(3)
        ),
    ]
    notes = [edfio.EdfAnnotation(0.25, None, "go"), edfio.EdfAnnotation(0.5, None, "stop")]
    edfio.Edf(signals, annotations=notes).write(path)


def write_otb(path: Path, device: str = "QUATTROCENTO", bits: int = 16, gain: str = "1") -> None:
    """An OTB+ file, as MNE-Python describes it: two EMG channels, an auxiliary one and a counter of OT BioLab+."""
    counts = np.round(1000 * waves(ROWS, 4)).astype(np.int32)
    channels = "".join(
        f'<Channel Index="{k}" ID="IN1" Gain="1" Muscle="Tibialis Anterior" Side="{side}"/>'
        for k, side in enumerate(("Left", "Right"))
    )
    about = (
        f'<Device Name="{device}" ad_bits="{bits}" DeviceTotalChannels="4" SampleFrequency="2048"><Channels>'
        f'<Adapter ID="16-channel" Gain="{gain}" ChannelStartIndex="0">{channels}</Adapter>'
        '<Adapter ID="Direct connection" Gain="0.5" ChannelStartIndex="2"><Channel Index="0" ID="AUX1" Gain="1"/>'
        '</Adapter><Adapter ID="AdapterControl" Gain="1" ChannelStartIndex="3">'
        '<Channel Index="0" ID="Buffer" Gain="1"/></Adapter></Channels></Device>'
    )
    data = (
        counts.astype("<i2").tobytes()
        if bits == 16
        else counts.astype("<i4").reshape(-1, 1).view(np.uint8)[:, :3].tobytes()
    )
    with tarfile.open(path, "w") as archive:
        for name, text in (("q_1.sig", data), ("q_1.xml", about.encode()), ("patient.xml", b"<patient/>")):
            entry = tarfile.TarInfo(name)
            entry.size = len(text)
            archive.addfile(entry, io.BytesIO(text))
