"""MNE-LSL's StreamLSL on the EMG streams, band-passed: ``python -m benchmarks.mne_filtered PREFIX``."""

import sys

from mne_lsl.stream import StreamLSL


def main() -> None:
    prefix = sys.argv[1]
    streams = []
    for number in range(8):
        stream = StreamLSL(2.0, name=f"{prefix}emg{number}")
        stream.connect(acquisition_delay=0.001, timeout=20)
        stream.filter(20.0, 450.0, picks="all")
        streams.append(stream)
    print("ready", flush=True)
    sys.stdin.read()
    for stream in streams:
        stream.disconnect()


if __name__ == "__main__":
    main()
