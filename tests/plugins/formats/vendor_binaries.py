"""Binary files of vendors, written by libraries of others, or to their descriptions."""

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
