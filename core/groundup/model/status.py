"""Whether there is a value: the ``status`` of a metric's row, beside its reason."""

from typing import Final, Literal

Status = Literal["ok", "not_computable", "failed"]
"""There is a value; there is none, and the reason says why; the plugin raised, and the reason says what."""
OK: Final = "ok"
NOT_COMPUTABLE: Final = "not_computable"
FAILED: Final = "failed"
