"""The live analysis of a whole file at once: what ``analyze --causal`` computes, and ``live --from`` equals."""

from collections.abc import Callable, Sequence

from groundup.analysis.pipeline import AnalysisResult
from groundup.lab.tables import Lab
from groundup.live.config import live_analysis
from groundup.live.inputs.playback import play
from groundup.live.metrics.job import Measurer
from groundup.live.outputs.result_collector import ResultCollector
from groundup.model.source import Source
from groundup.plugin.metric import Metric


def run_causal_pipeline(
    source: Source, lab: Lab | None, metrics: Sequence[Metric], progress: Callable[[float], None] = lambda share: None
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
    """
    streams = [stream for stream in source.streams if stream.spec.raw and stream.count]
    analysis = live_analysis({stream.id: stream.spec for stream in streams}, metrics, lab)
    subject = source.subject if lab is None else source.subject.over(lab.subject)
    measurer, results = Measurer(metrics, subject), ResultCollector()
    total, done = sum(stream.count for stream in streams), 0
    for step in play(analysis, streams):
        for chunk in step.chunks:
            results.add_chunk(chunk)
        for tick in step.ticks:
            results.add_tick(tick)
            if tick.job is not None:
                results.rows(measurer.rows(tick.job))
        for notice in step.notices:
            results.note(notice)
        done += step.samples
        progress(done / max(total, 1))
    return results.result(analysis)
