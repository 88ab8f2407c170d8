"""An incident's timeline: who did what when, from where, and what came of it.

AWS: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from helpers.analysis.trail.timeline import Filters, timeline
from helpers.analysis.trail.timeline_marks import Chart, chart
from helpers.views.live import LiveView
from helpers.views.timeline import drawing

if TYPE_CHECKING:
    import ipywidgets
    import pandas as pd

    from helpers.views.timeline.form import Form

__all__ = ["IncidentTimeline"]


class IncidentTimeline(LiveView):
    """CloudTrail's events over time: a lane for each principal, a mark for each event or crowd.

    Shown at the end of a cell it has an input for each filter, and a mark that is clicked, or
    chosen in the list of marks with the arrow keys, shows its events. Long gaps in which nothing
    happened are folded. As text it tells the span, what each principal did first and how often,
    and the first refusal.

    Args:
        events: ``lab.events`` or the lab, records of CloudTrail, an event table or rows of it,
            ``LogFiles``, ``Exports``, or the path of log files. An event that is recorded twice
            is drawn once; what has no time is counted and said.
        principal: Only this one's: ``user/ann``, or the ARN.
        region, outcome, service: Only these: ``eu-west-1``; ``allowed``, ``refused`` or
            ``failed``; ``s3``.
        text: Only events that have it somewhere, in capitals or not.
        since, until: Only events of this time, in UTC: ``"2026-11-08 21:40"`` or a datetime.
        fold: Whether long gaps are folded.

    Raises:
        TypeError: ``events`` is none of these.
        ValueError: No event has that principal, Region, outcome or service; a time is none.
        FileNotFoundError: There is no such path.

    5,000 records are read and drawn in half a second, a filter answers within 50 ms
    (tests/benchmarks/bench_views.py).

    >>> ann = {"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/ann"}
    >>> call = {"userIdentity": ann, "awsRegion": "eu-west-1", "sourceIPAddress": "203.0.113.10"}
    >>> IncidentTimeline([
    ...     call | {"eventTime": "2026-11-02T09:00:00Z", "eventName": "ListBuckets"},
    ...     call | {"eventTime": "2026-11-02T09:00:07Z", "eventName": "GetObject",
    ...             "errorCode": "AccessDenied"}])
    All 2 events
    2026-11-02 09:00:00 to 2026-11-02 09:00:07 UTC, 1 principal, 1 Region
    ● 1 allowed · ✖ 1 refused · ▲ 0 failed
    user/ann: ● 1 allowed · ✖ 1 refused
        first 2026-11-02 09:00:00 ListBuckets in eu-west-1 from 203.0.113.10, ● allowed
    first refusal: 2026-11-02 09:00:07 GetObject in eu-west-1 from 203.0.113.10, ✖ refused \
(AccessDenied) by user/ann
    """

    def __init__(
        self,
        events: Any,
        *,
        principal: str | None = None,
        region: str | None = None,
        outcome: str | None = None,
        service: str | None = None,
        text: str = "",
        since: Any = None,
        until: Any = None,
        fold: bool = True,
    ) -> None:
        self.timeline = timeline(events)
        self._fold = fold
        self._form: Form | None = None
        self._choose(
            self.timeline.filters(
                principal=principal,
                region=region,
                outcome=outcome,
                service=service,
                text=text,
                since=since,
                until=until,
            )
        )

    def _choose(self, filters: Filters) -> None:
        self._filters = filters
        self._events = self.timeline.choose(filters)
        self._chart = chart(self._events, filters.since, filters.until, fold=self._fold)

    @property
    def filters(self) -> Filters:
        """The filters. Set them, and the picture follows."""
        return self._filters

    @filters.setter
    def filters(self, new: Filters) -> None:
        self._choose(new)
        self.refresh()

    @property
    def fold(self) -> bool:
        """Whether long gaps are folded. May be set."""
        return self._fold

    @fold.setter
    def fold(self, fold: bool) -> None:
        self._fold = bool(fold)
        self.filters = self._filters

    @property
    def events(self) -> pd.DataFrame:
        """The events that are shown: the columns of an event table, and ``who``."""
        return self._events

    @property
    def chart(self) -> Chart:
        """The lanes and marks as they are drawn."""
        return self._chart

    def __repr__(self) -> str:
        return drawing.words(self.timeline, self._events, self._filters)

    def html(self) -> str:
        head = drawing.head_html(self.timeline, self._events, self._filters)
        plot, notes = drawing.plot_html(self._chart), drawing.notes_html(self._chart)
        return f"<div>{head}{plot}{notes}</div>"

    def _build(self) -> ipywidgets.Widget:
        from helpers.views.timeline.form import Form

        self._form = Form(self)
        return self._form.box

    def refresh(self) -> None:
        if self._form is not None:
            self._form.refresh()
