"""An account as a graph: who may become whom, at once and through others, and who may give more.

The way through others is the shortest, and of several the one with the fewest conditions. Where
somebody becomes two principals of which one may give the other any permission, that counts too.

Left out: service control policies, and whatever else no authorization details tell; what changes
something that runs already with a role (a function's code, a command to a machine); putting other
users than oneself into groups; and users and roles of one's own making within a boundary. Whether
somebody has a key or a password to begin with is not asked: it may become known.

AWS: https://docs.aws.amazon.com/IAM/latest/UserGuide/access_controlling.html
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from helpers.analysis.permissions.account_parts import AccountParts, account_parts
from helpers.analysis.permissions.becoming import (
    ANY_PERMISSION,
    ANYONE,
    Credentials,
    Edge,
    with_any_permission,
)
from helpers.analysis.permissions.becoming_chains import Chain, Ways
from helpers.analysis.permissions.becoming_edges import edges
from helpers.analysis.permissions.entities import account_of, short
from helpers.analysis.permissions.rights import Rights
from helpers.analysis.sources.account_calls import CannotTell
from helpers.analysis.sources.authorization_details import authorization_details, well_formed

if TYPE_CHECKING:
    import pandas as pd

    from helpers.analysis.exports import Exports
    from helpers.analysis.snapshot import Snapshot

COLUMNS = {
    "source": "who, without the part that is the same for the whole account",
    "kind": "may become, or may give more to",
    "target": "whom; any permission: everything, and so everybody in the account",
    "steps": "1: at once; more: through others, by the shortest way",
    "way": "how; the steps of a longer way one after the other, with whom each leads to",
    "condition": "what must hold as well; empty: nothing",
    "limit": "what stays in the way of what is given, as a boundary; empty: nothing",
    "because": "the statements that allow it, each with its policy",
}
"""The columns of :meth:`AccountGraph.frame` and what they hold; all are text but ``steps``."""


class AccountGraph:
    """The users, groups, roles and policies of an account, and who may become whom.

    Args:
        parts: The account.
        credentials: What is known of the users' passwords and MFA.
        now: The time at which is asked, aware; ``None``: now.

    >>> from helpers.analysis.sources.authorization_details import well_formed
    >>> arn = "arn:aws:iam::111122223333"
    >>> graph = account_graph({
    ...     "UserDetailList": [{"UserName": "ann", "Arn": f"{arn}:user/ann", "UserPolicyList": []}],
    ...     "RoleDetailList": [{"RoleName": "ops", "Arn": f"{arn}:role/ops",
    ...         "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": {
    ...             "Effect": "Allow", "Action": "sts:AssumeRole",
    ...             "Principal": {"AWS": f"{arn}:user/ann"}}}}]})
    >>> [(edge.way, edge.because) for edge in graph.edges_from(f"{arn}:user/ann")]
    [('assume the role', ('statement no. 1 of the trust policy',))]
    """

    def __init__(
        self,
        parts: AccountParts,
        credentials: Credentials | None = None,
        now: datetime | None = None,
    ) -> None:
        self.parts = parts
        found = edges(Rights(parts, now or datetime.now(UTC)), credentials or Credentials())
        self.edges: list[Edge] = found
        """Every edge, those from outside of the account first."""
        self._from: dict[str, list[Edge]] = {}
        self._to: dict[str, list[Edge]] = {}
        for edge in self.edges:
            self._from.setdefault(edge.source, []).append(edge)
            self._to.setdefault(edge.target, []).append(edge)
        self._ways = Ways(self.edges)
        self._reached: dict[str, dict[str, Chain]] = {}

    # -- who there is ------------------------------------------------------------------------

    @property
    def root(self) -> str:
        """The root user's ARN; empty where the account is not known."""
        return self.parts.root

    @cached_property
    def outside(self) -> list[str]:
        """Services, identity providers, other accounts and anyone that may become somebody here."""
        inside = {*self.parts.members, self.root}
        return list(dict.fromkeys(one.source for one in self.edges if one.source not in inside))

    @cached_property
    def principals(self) -> list[str]:
        """Everybody: the root user, users, roles, then those outside."""
        return [*([self.root] if self.root else []), *self.parts.members, *self.outside]

    def called(self, node: str) -> str:
        """What people call an end of an edge: ``user/ann``, ``account 444455556666``."""
        if node == ANYONE:
            return "anyone with an AWS account"
        if node == self.root:
            return "the root user"
        account = account_of(node)
        if account in ("", self.parts.account) or ":iam:" not in node:
            return short(node)
        return f"account {account}" if node.endswith(":root") else node

    def way_of(self, chain: Chain) -> str:
        """The steps of a way in words."""
        if len(chain) == 1:
            return chain[0].way
        return ", then ".join(f"{edge.way} → {self.called(edge.target)}" for edge in chain)

    # -- at once -----------------------------------------------------------------------------

    def edges_from(self, source: str) -> list[Edge]:
        """What somebody may become, and give, at once."""
        return list(self._from.get(source, ()))

    def edges_to(self, target: str) -> list[Edge]:
        """Who may become somebody, or give it more, at once."""
        return list(self._to.get(target, ()))

    # -- through others ----------------------------------------------------------------------

    def chains_from(self, source: str) -> dict[str, Chain]:
        """Whom somebody may become, at once or through others: target → the shortest way.

        Where ``ANY_PERMISSION`` is among them, everybody in the account may be become; see
        ``chain``.
        """
        if source not in self._reached:
            self._reached[source] = self._ways.from_(source)
        return self._reached[source]

    def chain(self, source: str, target: str) -> Chain | None:
        """The shortest way from one to another; ``None``: there is none."""
        found = self.chains_from(source)
        if target in found:
            return found[target]
        if source != target and ANY_PERMISSION in found and target in self.parts.members:
            return (*found[ANY_PERMISSION], with_any_permission(target))
        return None

    def chains_to(self, target: str) -> dict[str, Chain]:
        """Who may become somebody, at once or through others: source → the shortest way."""
        direct = self._ways.to(target)
        through = self._ways.to(ANY_PERMISSION) if target in self.parts.members else {}
        chains = {}
        for source in self.principals:
            if source == target:
                continue
            if source in self._ways.near_gifts:  # what is given on the way is seen from there alone
                chain = self.chain(source, target)
            else:
                chain = direct.get(source)
                if chain is None and source in through:
                    chain = (*through[source], with_any_permission(target))
            if chain:
                chains[source] = chain
        return dict(sorted(chains.items(), key=lambda item: len(item[1])))

    # -- as a table --------------------------------------------------------------------------

    def frame(self, *, at_once: bool = False) -> pd.DataFrame:
        """All of it as a table; see :data:`COLUMNS`.

        Ways at once come first, each way of its own; then the ways through others (not
        ``at_once``), of which there is one for each pair. What any permission leads to is
        everybody, and has no rows.
        """
        import pandas as pd

        rows = [self._row(edge.source, (edge,)) for edge in self.edges]
        if not at_once:
            for source in self.principals:
                for chain in self.chains_from(source).values():
                    if len(chain) > 1:
                        rows.append(self._row(source, chain))
        table = pd.DataFrame(rows, columns=list(COLUMNS))
        return table.astype({name: "int64" if name == "steps" else "str" for name in COLUMNS})

    def _row(self, source: str, chain: Chain) -> tuple[Any, ...]:
        last = chain[-1]
        return (
            self.called(source),
            str(last.kind),
            self.called(last.target),
            len(chain),
            self.way_of(chain),
            "; ".join(dict.fromkeys(edge.condition for edge in chain if edge.condition)),
            last.limit,
            "; ".join(dict.fromkeys(one for edge in chain for one in edge.because)),
        )


def account_graph(
    source: Snapshot | Exports | Mapping[str, Any], now: datetime | None = None
) -> AccountGraph:
    """The graph of an account.

    Args:
        source: A :class:`~helpers.analysis.snapshot.Snapshot`, an
            :class:`~helpers.analysis.exports.Exports`, or the answer of IAM's
            GetAccountAuthorizationDetails.
        now: The time at which is asked, aware; ``None``: a snapshot's own, else now.

    Raises:
        CannotTell: The snapshot has no authorization details.
    """
    from helpers.analysis.exports import Exports
    from helpers.analysis.exports import Kind as Files
    from helpers.analysis.snapshot import Snapshot

    if isinstance(source, Exports):
        details = authorization_details(source.files[Files.DETAILS])
        rows = source.credential_report.to_dict("records")
        return AccountGraph(account_parts(details), Credentials.of_report(rows), now)
    if isinstance(source, Snapshot):
        parts = account_parts(source.details, _account_of(source))
        try:
            credentials = Credentials.of_report(source.credentials)
        except CannotTell:
            credentials = Credentials()
        return AccountGraph(parts, credentials, now or source.taken_at)
    return AccountGraph(account_parts(well_formed(source)), None, now)


def _account_of(snapshot: Snapshot) -> str:
    try:
        return snapshot.account
    except CannotTell:
        return ""
