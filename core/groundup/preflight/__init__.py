"""The pre-flight: is every device there, and fit to record? A short recording, judged and thrown away.

`streams` judges what every stream has (presence, rate, losses, clock), plugins judge what is in it (`Check`), and
`weights` whether a plate is linear.
"""

from groundup.preflight.report import Judged, Verdict, worst
from groundup.preflight.run import preflight, weigh

__all__ = ["Judged", "Verdict", "preflight", "weigh", "worst"]
