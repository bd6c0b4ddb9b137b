"""Biofeedback in 20 lines: hears what `groundup live` measures, and says when the glutes brake too little or too much.

Needs pylsl only; groundup may run on another computer. `python biofeedback.py [METRIC] [LOW] [HIGH]`
"""

import sys

import pylsl

metric = sys.argv[1] if len(sys.argv) > 1 else "glute_braking_share"
low, high = (float(x) for x in sys.argv[2:4]) if len(sys.argv) > 3 else (0.5, 0.8)
(found,) = pylsl.resolve_byprop("name", "groundup.metrics", timeout=60)
inlet = pylsl.StreamInlet(found)
labels = inlet.info().get_channel_labels()
while True:
    values, time = inlet.pull_sample()
    for label, value in zip(labels, values, strict=True):
        if label.startswith(metric) and value == value:  # what was not measured in this stride is NaN
            say = "too little" if value < low else "too much" if value > high else "good"
            print(f"{time:.3f}  {label}  {value:.3f}  {say}", flush=True)
