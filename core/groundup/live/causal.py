"""The live analysis of a whole file at once: what ``analyze --causal`` computes, and ``live --from`` equals."""

from collections.abc import Callable, Sequence

from groundup.analysis.pipeline import AnalysisResult
from groundup.lab.tables import Lab
from groundup.live.config import live_analysis
from groundup.live.inputs.playback import play
from groundup.live.metrics.job import Job, Measurer
from groundup.live.metrics.metric_worker import Worker
from groundup.live.outputs.result_collector import ResultCollector
from groundup.model.source import Source
from groundup.model.subject import Subject
from groundup.plugin.metric import Metric


def run_causal_pipeline(
    source: Source,
    lab: Lab | None,
    metrics: Sequence[Metric],
    progress: Callable[[float], None] = lambda share: None,
    apart: bool = False,
) -> AnalysisResult:
    """Analyse the streams of a file as live would, sample after sample.

    Parameters
    ----------
    source : Source
        Of a journal or recording (`groundup.sources.open_source.open_source`).
    lab : Lab, optional
        Its ``[[process]]``, and what it tells of the person where the file does not.
    metrics : sequence of Metric
    progress : callable
        Told the share that is done, 0 to 1.
    apart : bool
        Whether metrics, which must be installed ones, are computed in a process of their own, as they are live: one
        that hangs, ends its process or takes all memory then costs itself alone.
    """
    streams = [stream for stream in source.streams if stream.spec.raw and stream.count]
    analysis = live_analysis({stream.id: stream.spec for stream in streams}, metrics, lab)
    subject = source.subject if lab is None else source.subject.over(lab.subject)
    results = ResultCollector()
    measuring = _Apart(metrics, subject, results) if apart and metrics else _Here(metrics, subject, results)
    total, done = sum(stream.count for stream in streams), 0
    try:
        for step in play(analysis, streams):
            for chunk in step.chunks:
                results.add_chunk(chunk)
            for tick in step.ticks:
                results.add_tick(tick)
                if tick.job is not None:
                    measuring.take(tick.job)
            for notice in step.notices:
                results.note(notice)
            done += step.samples
            progress(done / max(total, 1))
        measuring.finish()
    finally:
        measuring.close()
    return results.result(analysis)


class _Here:
    """Measures in this process."""

    def __init__(self, metrics: Sequence[Metric], subject: Subject, results: ResultCollector) -> None:
        self._measurer, self._results = Measurer(metrics, subject), results

    def take(self, job: Job) -> None:
        self._results.rows(self._measurer.rows(job))

    def finish(self) -> None:
        pass

    def close(self) -> None:
        pass


class _Apart:
    """Has the process that live has measure."""

    def __init__(self, metrics: Sequence[Metric], subject: Subject, results: ResultCollector) -> None:
        self._worker, self._results = Worker(metrics, subject, results.note), results

    def take(self, job: Job) -> None:
        self._worker.submit(job, wait=True)
        self._worker.watch()
        for rows in self._worker.rows():
            self._results.rows(rows)

    def finish(self) -> None:
        self._worker.drain()
        for rows in self._worker.rows():
            self._results.rows(rows)

    def close(self) -> None:
        self._worker.close()
