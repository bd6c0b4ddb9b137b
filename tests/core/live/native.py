"""Processors of the C ABI made with ctypes: a second writing-down of processor.h, and functions that misbehave."""

import ctypes
from collections.abc import Callable
from ctypes import POINTER, c_char_p, c_double, c_int32, c_int64, c_uint32, c_void_p, py_object
from typing import Any

CAPSULE, FIRST_VERSION = b"groundup.processor.v2", b"groundup.processor.v1"


class CEvent(ctypes.Structure):
    _fields_ = (
        ("sample", c_int64),
        ("fraction", c_double),
        ("confidence", c_double),
        ("value", c_double),
        ("channel", c_int32),
        ("kind", c_uint32),
        ("side", c_uint32),
    )


ACTIVATE = ctypes.CFUNCTYPE(c_int32, c_void_p, c_double, c_uint32)
PROCESS = ctypes.CFUNCTYPE(
    c_int32,
    c_void_p,
    POINTER(c_double),
    c_uint32,
    POINTER(c_double),
    POINTER(c_uint32),
    POINTER(CEvent),
    POINTER(c_uint32),
)
RESET = ctypes.CFUNCTYPE(None, c_void_p)
EXTENSION = ctypes.CFUNCTYPE(c_void_p, c_void_p, c_char_p)


class CProcessor(ctypes.Structure):
    _fields_ = (
        ("struct_size", c_uint32),
        ("version", c_uint32),
        ("state", c_void_p),
        ("in_channels", c_uint32),
        ("out_channels", c_uint32),
        ("up", c_uint32),
        ("down", c_uint32),
        ("gap", c_uint32),
        ("activate", ACTIVATE),
        ("process", PROCESS),
        ("reset", RESET),
        ("destroy", RESET),
        ("extension", EXTENSION),
    )


_new = ctypes.pythonapi.PyCapsule_New
_new.restype, _new.argtypes = py_object, (c_void_p, c_char_p, c_void_p)
_kept: list[Any] = []  # a capsule without a destructor: what it points to stays


class Made:
    """A capsule, and what was called."""

    def __init__(
        self, run: Callable[..., int], channels: tuple[int, int] = (1, 1), capsule: bytes = CAPSULE, **fields: Any
    ) -> None:
        self.calls: list[str] = []

        def activate(state: int, rate: float, most: int) -> int:
            self.calls.append("activate")
            return 0

        self.struct = CProcessor(
            struct_size=ctypes.sizeof(CProcessor),
            version=2,
            in_channels=channels[0],
            out_channels=channels[1],
            up=1,
            down=1,
            gap=0,
            activate=ACTIVATE(activate),
            process=PROCESS(run),
            reset=RESET(lambda state: self.calls.append("reset")),
            destroy=RESET(lambda state: self.calls.append("destroy")),
        )
        for name, value in fields.items():
            setattr(self.struct, name, value)
        _kept.append(self)
        self.capsule: object = _new(ctypes.addressof(self.struct), capsule, None)


def doubled(state: int, samples: Any, n: int, out: Any, out_n: Any, events: Any, event_n: Any) -> int:
    """One channel, times two."""
    for i in range(n):
        out[i] = 2.0 * samples[i]
    out_n[0], event_n[0] = n, 0
    return 0
