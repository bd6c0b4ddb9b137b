"""What goes to a browser many times a second, as bytes: samples reduced to least and largest, and the time.

A frame begins with a byte that says what it is. All numbers are little-endian; `static/signals.js` reads them.

==== =======================================================================================================
0    the lab clock now: 7 bytes of nothing, float64 seconds
1    samples of a stream: a byte of nothing, uint16 stream number, uint16 channels C, uint16 stretches k; float64
     time of the first stretch; k float32 seconds after that; k x C float32 least values; k x C float32 largest
==== =======================================================================================================
"""

import struct

from groundup.web.decimate import Buckets

NOW, SAMPLES = 0, 1
_MOST = 0xFFFF


def now_frame(time: float) -> bytes:
    """The lab clock."""
    return struct.pack("<B7xd", NOW, time)


def samples_frame(stream: int, buckets: Buckets) -> bytes:
    """The newest stretches of a stream."""
    time, low, high = (part[-_MOST:] for part in (buckets.time, buckets.low, buckets.high))
    head = struct.pack("<BxHHHd", SAMPLES, stream, low.shape[1], len(time), time[0])
    after = (time - time[0]).astype("<f4")
    return b"".join([head, after.tobytes(), low.astype("<f4").tobytes(), high.astype("<f4").tobytes()])
