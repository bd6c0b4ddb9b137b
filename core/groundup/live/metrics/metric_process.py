"""The process that measures: ``python -m groundup.live.metrics.metric_process``, at the end of the worker's pipes.

It reads who is measured and with what metrics, then one job after the other, and writes one row after the other. It
ends when its standard input does, even while a metric hangs. The other end is `groundup.live.metrics.metric_worker`.
"""

import os
import pickle
import signal
import sys
import threading
from queue import SimpleQueue
from typing import IO, Any

from groundup.live.metrics.job import Measurer
from groundup.plugin.chosen import metric_with
from groundup.plugin.manager import plugins
from groundup.system.memory_limit import limit_memory
from groundup.system.processes import end_with_parent


def main() -> None:
    """Measure until standard input ends."""
    end_with_parent()  # a metric that hangs in C lets no thread of ours see that the input ends
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the children too; the parent says when to stop
    # What a plugin prints must not get into the pipe.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    messages: SimpleQueue[Any] = SimpleQueue()
    threading.Thread(target=_read, args=(sys.stdin.buffer, messages), daemon=True).start()
    subject, chosen = messages.get()
    installed = plugins().metrics
    metrics = {name: metric_with(installed[name].item, chosen) for name in chosen}
    limit_memory()
    measurers = Measurer([*metrics.values()], subject)
    _answer(answers, "ready")
    while True:
        job, requested, skip = messages.get()
        measurers.metrics = [metrics[name] for name in requested]
        for row in measurers.rows(job, skip):
            _answer(answers, row)


def _read(pipe: IO[bytes], messages: "SimpleQueue[Any]") -> None:
    try:
        while True:
            messages.put(pickle.load(pipe))
    except (EOFError, OSError, pickle.UnpicklingError):
        os._exit(0)


def _answer(pipe: IO[bytes], value: object) -> None:
    pickle.dump(value, pipe, pickle.HIGHEST_PROTOCOL)
    pipe.flush()


if __name__ == "__main__":
    main()
