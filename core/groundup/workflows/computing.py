"""Analyses of one recording by several settings: what a setting does not change is made once."""

from collections.abc import Callable, Sequence
from pathlib import Path

from groundup.analysis.pipeline import AnalysisResult, ProcessStep, run_pipeline
from groundup.analysis.product_memory import ProductMemory
from groundup.analysis.spill import Spill
from groundup.plugin.manager import Plugins
from groundup.plugin.metric import Metric
from groundup.recording import Recording

Progress = Callable[[float], None]
"""Told the share that is done, 0 to 1."""


class Computing:
    """Analyses of one recording by several settings: what a setting does not change is made once.

    Parameters
    ----------
    recording : Recording
    installed : Plugins
    remember : bool
        Whether more than one analysis is to come.
    scratch : Path, optional
        Where long signals lie for the time; the folder of the recording, where it is not told.
    """

    def __init__(
        self, recording: Recording, installed: Plugins, remember: bool = False, scratch: Path | None = None
    ) -> None:
        self._recording = recording
        self._spill = Spill(scratch or recording.path.parent)
        self._processors = [loaded.item for loaded in installed.processors.values()]
        self._memory = ProductMemory() if remember else None
        self.signals = recording.signals(self._spill.keep)

    def run(
        self,
        metrics: Sequence[Metric],
        steps: Sequence[ProcessStep],
        progress: Progress = lambda share: None,
        sync_event: bool = False,
        curves: bool = False,
    ) -> AnalysisResult:
        """Analyse by these steps, and compute these metrics."""
        return run_pipeline(
            self.signals,
            self._recording.markers(),
            self._recording.participant,
            self._processors,
            metrics,
            steps,
            self._recording.marked_trials() or self._recording.trial_list(),
            sync_event,
            progress,
            self._spill,
            curves=curves,
            apart=True,
            memory=self._memory,
        )
