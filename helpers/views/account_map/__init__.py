"""The map of an account: users, groups, roles, policies, and who may become whom.

AWS: https://docs.aws.amazon.com/IAM/latest/UserGuide/access_controlling.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from helpers.analysis.permissions.account_graph import AccountGraph, account_graph
from helpers.cards import escaped, plain
from helpers.views.account_map import picture, telling
from helpers.views.live import ARROW, LiveView, labelled

if TYPE_CHECKING:
    import ipywidgets

    from helpers.analysis.exports import Exports
    from helpers.analysis.snapshot import Snapshot

__all__ = ["AccountMap"]

WHOLE = "the whole account"
"""What is chosen where nobody is."""


class AccountMap(LiveView):
    """Who may become whom in an account, the whole of it or about one principal.

    What is said is decided by :func:`helpers.analysis.permissions.account_graph.account_graph`,
    which also says what is looked at. ``graph`` is its answer, ``graph.frame()`` the same as a
    table. As a widget, one principal after the other is chosen, and policies are opened. A whole
    account is drawn up to 40 users, groups and roles; of a larger one the words count, and the
    picture is that of the chosen principal.

    Args:
        source: A :class:`~helpers.analysis.snapshot.Snapshot`, an
            :class:`~helpers.analysis.exports.Exports`, the answer of IAM's
            GetAccountAuthorizationDetails, or a graph.
        about: Whom it is about, as ``user/ann``, a name or an ARN; ``None``: the whole account.
        now: The time at which is asked, aware; ``None``: a snapshot's own, else now.

    Raises:
        CannotTell: The snapshot has no authorization details.
        LookupError: There is nobody of this name.

    The graph of 500 users and roles takes some 2 s, a drawing of it less than 0.1 s
    (tests/benchmarks/bench_views.py).

    >>> arn = "arn:aws:iam::111122223333"
    >>> trust = {"Version": "2012-10-17", "Statement": {"Effect": "Allow",
    ...     "Principal": {"AWS": f"{arn}:user/ann"}, "Action": "sts:AssumeRole"}}
    >>> AccountMap({"UserDetailList": [{"UserName": "ann", "Arn": f"{arn}:user/ann"}],
    ...     "RoleDetailList": [{"RoleName": "ops", "Arn": f"{arn}:role/ops",
    ...                         "AssumeRolePolicyDocument": trust}]}, "ann")
    Account 111122223333: 1 user, 0 groups, 1 role, 0 managed policies · about user/ann
    May become, at once
        → may become role/ops: assume the role
            by statement no. 1 of the trust policy
    Who may become it
        ★ who may get any permission (make an access key for it): the root user
    """

    def __init__(
        self,
        source: Snapshot | Exports | Mapping[str, Any] | AccountGraph,
        about: str | None = None,
        now: datetime | None = None,
    ) -> None:
        self.graph = source if isinstance(source, AccountGraph) else account_graph(source, now)
        self._names = telling.names(self.graph)
        self._chosen = ""
        if about is not None:
            self.choose(about)

    @property
    def chosen(self) -> str:
        """The ARN of whom it is about; empty: the whole account."""
        return self._chosen

    def choose(self, about: str | None) -> AccountMap:
        """Make it about somebody else, or the whole account; the map.

        Raises:
            LookupError: There is nobody of this name, or more than one.
        """
        self._chosen = "" if about is None else self._arn_of(about)
        self.refresh()
        return self

    def _arn_of(self, about: str) -> str:
        arns = set(self._names.values())
        found = [
            arn
            for name, arn in self._names.items()
            if about in (arn, name, name.rpartition("/")[2])
        ]
        if about in arns:
            return about
        if len(found) == 1:
            return found[0]
        if found:
            raise LookupError(f"{about!r} may be any of these: {', '.join(found)}")
        near = get_close_matches(about, self._names, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise LookupError(f"There is nobody {about!r} in the account{hint}")

    # What is shown ------------------------------------------------------------------------------

    def _head(self) -> str:
        head = telling.headline(self.graph)
        return f"{head} · about {self.graph.called(self._chosen)}" if self._chosen else head

    def _sections(self) -> list[telling.Section]:
        if not self._chosen:
            return list(telling.of_account(self.graph))
        return [*telling.of_principal(self.graph, self._chosen), telling.unread(self.graph)]

    def __repr__(self) -> str:
        return telling.words(self._head(), self._sections())

    def html(self) -> str:
        """The picture and the words as HTML that loads nothing; names in them are data."""
        return f"<div>{self._head_html()}{self._body(picture.Picture.image)}</div>"

    def _head_html(self) -> str:
        return f"<div><strong>{escaped(self._head())}</strong></div>"

    def _body(self, shown: Callable[[picture.Picture], str]) -> str:
        drawn = "".join(map(shown, self._pictures()))
        if drawn:
            drawn += "".join(f"<div>{escaped(each)}</div>" for each in _LEGEND)
        elif not self._chosen and not telling.is_small(self.graph):
            drawn = "<div>It is too large for one picture: choose somebody to be drawn.</div>"
        return f"{drawn}{telling.html(self._sections())}"

    def _pictures(self) -> list[picture.Picture]:
        if self._chosen:
            return picture.about(self.graph, self._chosen)
        is_drawn = self.graph.principals and telling.is_small(self.graph)
        return [picture.whole(self.graph)] if is_drawn else []

    # The form -----------------------------------------------------------------------------------

    def _build(self) -> ipywidgets.Widget:
        import ipywidgets

        self._filter = labelled(ipywidgets.Text(description="Names with"))
        self._choice = labelled(ipywidgets.Dropdown(description="About"))
        self._shown = ipywidgets.HTML(layout=ipywidgets.Layout(width="auto", min_width="0"))
        self._filter.observe(lambda _: self._offer(), "value")
        self._choice.observe(lambda change: self._take(change["new"]), "value")
        self._setting = False
        self._offer()
        box = ipywidgets.VBox([ipywidgets.HTML(_STYLE), self._filter, self._choice, self._shown])
        box.add_class("account-map")
        return box

    def _offer(self) -> None:
        """The names that have what is typed in them; who is chosen stays among them."""
        wanted = self._filter.value.strip().casefold()
        offered = [
            (plain(name), arn)
            for name, arn in self._names.items()
            if wanted in name.casefold() or arn == self._chosen
        ]
        self._setting = True
        try:
            self._choice.options = [(WHOLE, ""), *offered]
            self._choice.value = self._chosen
        finally:
            self._setting = False

    def _take(self, arn: str | None) -> None:
        if not self._setting and arn is not None:
            self._chosen = arn
            self.refresh()

    def refresh(self) -> None:
        if self._widget is None:
            return
        if self._choice.value != self._chosen:
            self._offer()
        # A screen reader says the head when it changes; all that follows would take minutes.
        head = f'<div role="status">{self._head_html()}</div>'
        self._shown.value = f"{head}{self._body(picture.Picture.inline)}"


# In a narrow window the picture is scrolled, and not the page.
_STYLE = f"""<style>
.account-map {{ {ARROW} }}
.account-map .widget-html-content {{ min-width: 0; line-height: 1.4; }}
</style>"""

_LEGEND = (
    f"{' · '.join(telling.LEGEND)}",
    "in the picture: ─ has, or is in · ━ may · ╍ may, under a condition",
)
