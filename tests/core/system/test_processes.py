"""A command that is told to stop hears it, whatever it is waiting for."""

import signal
import subprocess
import sys

import pytest

PATIENCE_S = 240.0
WAITING = """
import signal, sys, threading
from groundup.system.processes import stop_at_signals
stop = threading.Event()
stop_at_signals(stop, "SIGINT", "SIGTERM")
"""
OF_ANOTHER_THREAD = (
    WAITING
    + """
def interrupt():
    while not stop._cond._waiters:
        pass
    signal.pthread_kill(threading.get_ident(), signal.SIGINT)
threading.Thread(target=interrupt).start()
stop.wait()
"""
)
BESIDE_THE_LOCK = (
    WAITING
    + """
with stop._cond:  # as in the middle of stop.wait()
    signal.raise_signal(signal.SIGTERM)
    print("goes on", flush=True)
stop.wait()
"""
)
BESIDE_A_LOOP = (
    WAITING
    + """
signal.set_wakeup_fd(-1)  # as an event loop of asyncio does when it is closed, on Windows
signal.raise_signal(signal.SIGTERM)
stop.wait()
"""
)


@pytest.mark.skipif(not hasattr(signal, "pthread_kill"), reason="this system has no such signals")
@pytest.mark.parametrize("program", [OF_ANOTHER_THREAD, BESIDE_THE_LOCK], ids=["of another thread", "beside the lock"])
def test_a_signal_ends_a_wait_without_end_whichever_thread_the_system_gives_it_to(program: str) -> None:
    """The system may hand it to a thread that is no Python's, or in the middle of the wait's own work."""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=PATIENCE_S)


def test_a_signal_is_heard_though_a_driver_has_taken_what_the_system_writes() -> None:
    subprocess.run([sys.executable, "-c", BESIDE_A_LOOP], check=True, timeout=PATIENCE_S)
