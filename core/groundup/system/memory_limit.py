"""A limit to the memory of a process that runs what others wrote."""

import os

LEAST_BYTES = 1 << 30
SHARE = 0.8


def limit_memory() -> None:
    """What is free now may be taken, not more: else the system would end the largest process, whichever it is.

    What asks for more gets a `MemoryError`. Linux only; elsewhere nothing is limited.
    """
    try:
        import resource

        with open("/proc/self/statm", encoding="ascii") as file:
            used = int(file.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
        with open("/proc/meminfo", encoding="ascii") as file:
            free = next(int(line.split()[1]) << 10 for line in file if line.startswith("MemAvailable"))
        room = used + max(LEAST_BYTES, int(SHARE * free))
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (room if hard < 0 else min(room, hard), hard))
    except (ImportError, OSError, StopIteration, ValueError):
        return  # it is a help, no condition
