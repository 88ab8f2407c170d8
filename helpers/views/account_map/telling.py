"""What the account map says, in sections: the words and the HTML are both made of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from helpers.analysis.permissions.account_parts import laid_out, policy_name
from helpers.analysis.permissions.becoming import ANY_PERMISSION, Kind, with_any_permission
from helpers.cards import escaped, plain
from helpers.policy.errors import counted

if TYPE_CHECKING:
    from helpers.analysis.permissions.account_graph import AccountGraph
    from helpers.analysis.permissions.account_parts import Member
    from helpers.analysis.permissions.becoming import Edge
    from helpers.analysis.permissions.becoming_chains import Chain
    from helpers.analysis.permissions.entities import Attached

SMALL = 40
"""Up to so many users, groups and roles everybody is told of, and drawn in one picture."""

MOST_LINES = 40
"""Lines of a section at most; what is left out is counted."""

STAR, ARROW, GIFT, UNREAD = "★", "→", "✚", "⚠"
MARKS = {Kind.GETS: STAR, Kind.BECOMES: ARROW, Kind.GIVES: GIFT}
LEGEND = (
    f"{ARROW} may become",
    f"{STAR} may get any permission, and so become everybody",
    f"{GIFT} may give more to",
)


class Line(NamedTuple):
    """A line, and what stands below it in smaller letters."""

    text: str
    note: str = ""
    document: str = ""
    """A policy's document, to be opened."""


class Section(NamedTuple):
    """A title, and lines."""

    title: str
    lines: tuple[Line, ...]


def is_small(graph: AccountGraph) -> bool:
    """Whether all of an account can be told, and drawn, at once."""
    parts = graph.parts
    return len(parts.members) + len(parts.groups) + len(graph.outside) <= SMALL


def headline(graph: AccountGraph) -> str:
    """What there is, in numbers."""
    parts = graph.parts
    kinds = [member.kind for member in parts.members.values()]
    counts = (
        (kinds.count("user"), "user"),
        (len(parts.groups), "group"),
        (kinds.count("role"), "role"),
    )
    said = ", ".join(counted(number, word) for number, word in counts)
    policies = f"{len(parts.managed)} managed polic{'y' if len(parts.managed) == 1 else 'ies'}"
    return f"Account {parts.account or 'of an unknown number'}: {said}, {policies}"


# -- the whole account -----------------------------------------------------------------------------


def of_account(graph: AccountGraph) -> Iterator[Section]:
    """Who may get any permission, who comes from outside, and where it is small, everybody."""
    risen = graph.chains_to(ANY_PERMISSION).items()
    yield _section(
        f"{STAR} May get any permission",
        _gathered(_reaching(graph, source, chain) for source, chain in risen),
    )
    edges = (edge for source in graph.outside for edge in graph.edges_from(source))
    yield _section("From outside", _gathered(_coming(graph, edge) for edge in edges))
    if is_small(graph):
        for member in graph.parts.members.values():
            yield _section(_title(graph, member), _all_of(graph, member))
    else:
        yield _section("How often one may become another, or give more", _how_often(graph))
    yield unread(graph)


def _title(graph: AccountGraph, member: Member) -> str:
    groups = f" · in {', '.join(member.groups)}" if member.groups else ""
    return f"{graph.called(member.arn)}{groups}"


def _all_of(graph: AccountGraph, member: Member) -> Iterator[Line]:
    policies = ", ".join(policy_name(one) for one in member.entity.policies)
    yield Line(f"has {policies or 'no policy'}")
    if member.entity.boundary is not None:
        yield Line(f"within the boundary {policy_name(member.entity.boundary)}")
    yield from _gathered(_becoming(graph, member.arn))
    chains = graph.chains_from(member.arn).values()
    yield from _gathered(_through(graph, chain) for chain in chains if len(chain) > 1)


def _how_often(graph: AccountGraph) -> Iterator[Line]:
    inside = (edge for edge in graph.edges if edge.source in graph.parts.members)
    numbers = Counter((edge.kind, edge.way) for edge in inside if edge.kind is not Kind.GETS)
    for (kind, way), number in numbers.most_common():
        yield Line(f"{number} × {MARKS[kind]} {way}")


def unread(graph: AccountGraph) -> Section:
    """What of the account cannot be read."""
    return _section("Not read", (Line(f"{UNREAD} {each}") for each in graph.parts.unread))


# -- one principal ---------------------------------------------------------------------------------


def of_principal(graph: AccountGraph, arn: str) -> Iterator[Section]:
    """What somebody has, whom it may become, and who may become it."""
    member = graph.parts.members.get(arn)
    if member is not None:
        yield from _held(member)
    yield _section("May become, at once", _gathered(_becoming(graph, arn)))
    chains = graph.chains_from(arn).values()
    through = (_through(graph, chain) for chain in chains if len(chain) > 1)
    yield _section("May become, through others", _gathered(through))
    if member is not None:
        yield _section("Who may become it", _who_becomes(graph, arn))
        gifts = (edge for edge in graph.edges_to(arn) if edge.kind is Kind.GIVES)
        others = (_coming(graph, edge) for edge in gifts if edge.source != arn)
        yield _section("Who may give it more", _gathered(others))


def _held(member: Member) -> Iterator[Section]:
    yield _section("Groups", map(Line, member.groups))
    yield _section("Policies", map(_policy_line, member.entity.policies))
    if (fence := member.entity.boundary) is not None:
        yield _section("Permissions boundary", [_policy_line(fence)])
    if member.kind == "role":
        trust = laid_out(member.trust) or "not among the details"
        yield _section("Who is let in", [Line("the trust policy", "", trust)])


def _policy_line(policy: Attached) -> Line:
    kind = "inline" if not policy.is_managed else "of AWS" if policy.is_of_aws else "managed"
    text = laid_out(policy.document) or "not among the details: what it grants is not known"
    return Line(f"{policy_name(policy)} ({kind})", "", text)


def _who_becomes(graph: AccountGraph, arn: str) -> Iterator[Line]:
    """Those who become somebody by any permission stand in one line."""
    chains = graph.chains_to(arn).items()
    with_any = [one for one, chain in chains if chain[-1].source == ANY_PERMISSION]
    others = [(one, chain) for one, chain in chains if chain[-1].source != ANY_PERMISSION]
    yield from _gathered(_reaching(graph, one, chain) for one, chain in others)
    if with_any:
        way = with_any_permission(arn).way
        named = _listed([graph.called(one) for one in with_any])
        yield Line(f"{STAR} who may get any permission ({way}): {named}")


# -- lines -----------------------------------------------------------------------------------------


def _section(title: str, lines: Iterable[Line]) -> Section:
    found = list(lines)
    if len(found) > MOST_LINES:
        left = len(found) - MOST_LINES
        found = [*found[:MOST_LINES], Line(f"… and {left} more, see .graph.frame()")]
    return Section(title, tuple(found))


class _Told(NamedTuple):
    """An edge or a way as a line, in which others that are alike can be named as well."""

    before: str
    name: str
    after: str
    note: str = ""


def _gathered(told: Iterable[_Told]) -> Iterator[Line]:
    """Lines, of which those that differ in the name alone are one."""
    alike: dict[tuple[str, str, str], list[str]] = {}
    for before, name, after, note in told:
        alike.setdefault((before, after, note), []).append(name)
    for (before, after, note), found in alike.items():
        yield Line(f"{before}{_listed(found)}{after}", note)


def _listed(found: list[str]) -> str:
    """Names one after the other; of many the first ones, and how many more."""
    left = len(found) - MOST_LINES
    return ", ".join(found[:MOST_LINES]) + (f" … and {left} more" if left > 0 else "")


def _becoming(graph: AccountGraph, source: str) -> Iterator[_Told]:
    """What somebody may do at once: of several ways to one the first that needs least."""
    by_target: dict[tuple[str, Kind], list[Edge]] = {}
    for edge in graph.edges_from(source):
        by_target.setdefault((edge.target, edge.kind), []).append(edge)
    for edges in by_target.values():
        best = min(edges, key=lambda edge: len(edge.conditions))
        name = "itself" if best.source == best.target else graph.called(best.target)
        yield _Told(
            f"{MARKS[best.kind]} {best.kind} ", name, _way(best, len(edges) - 1), _by([best])
        )


def _coming(graph: AccountGraph, edge: Edge) -> _Told:
    """From whom an edge comes."""
    after = f" {edge.kind} {graph.called(edge.target)}{_way(edge)}"
    return _Told(f"{MARKS[edge.kind]} ", graph.called(edge.source), after, _by([edge]))


def _through(graph: AccountGraph, chain: Chain, source: str = "") -> _Told:
    """A way through others; with a source, from whom it comes."""
    mark, last = STAR if chain[-1].target == ANY_PERMISSION else ARROW, chain[-1]
    conditions = dict.fromkeys(edge.condition for edge in chain if edge.condition)
    beside = "".join(f" · {each}" for each in conditions)
    if source:
        after = f": {graph.way_of(chain)}{beside}"
        return _Told(f"{mark} ", graph.called(source), after, _by(chain))
    before = "".join(f"{edge.way} → {graph.called(edge.target)}, then " for edge in chain[:-1])
    return _Told(f"{mark} {before}{last.way} → ", graph.called(last.target), beside, _by(chain))


def _reaching(graph: AccountGraph, source: str, chain: Chain) -> _Told:
    """How somebody comes to where a way ends, at once or through others."""
    return _coming(graph, chain[0]) if len(chain) == 1 else _through(graph, chain, source)


def _way(edge: Edge, more: int = 0) -> str:
    others = counted(more, "more way") if more else ""
    return " · ".join(filter(None, [f": {edge.way}", edge.condition, edge.limit, others]))


def _by(edges: Iterable[Edge]) -> str:
    because = dict.fromkeys(one for edge in edges for one in edge.because)
    return f"by {'; '.join(because)}" if because else ""


def names(graph: AccountGraph) -> dict[str, str]:
    """What everybody is called → ARN; of two who are called the same, the ARN tells them apart."""
    found: dict[str, str] = {}
    for arn in graph.principals:
        name = graph.called(arn)
        found[arn if name in found else name] = arn
    return found


# -- as words, as HTML -----------------------------------------------------------------------------


def words(head: str, sections: Iterable[Section]) -> str:
    """Sections as text; documents in one line."""
    found = [plain(head)]
    for section in sections:
        if section.lines:
            found.append(plain(section.title))
            for line in section.lines:
                found.append(f"    {plain(line.text)}")
                beside = filter(None, [line.note, laid_out(line.document, None)])
                found += [f"        {plain(each)}" for each in beside]
    return "\n".join(found)


def html(sections: Iterable[Section]) -> str:
    """Sections as HTML that loads nothing; a document opens by click or key."""
    return "".join(_section_html(section) for section in sections if section.lines)


def _section_html(section: Section) -> str:
    lines = "".join(f"<li>{_line_html(line)}</li>" for line in section.lines)
    title = f"<div><strong>{escaped(section.title)}</strong></div>"
    return f'{title}<ul style="{_LIST}">{lines}</ul>'


_LIST = "margin: 0 0 8px 0; padding-left: 20px; overflow-wrap: anywhere; line-height: 1.4;"
_DOCUMENT = "white-space: pre-wrap; overflow-wrap: anywhere; margin: 0;"


def _line_html(line: Line) -> str:
    if line.document:
        document = "<br>".join(map(escaped, line.document.split("\n")))
        code = f'<pre style="{_DOCUMENT}">{document}</pre>'
        return f"<details><summary>{escaped(line.text)}</summary>{code}</details>"
    note = f"<div><small>{escaped(line.note)}</small></div>" if line.note else ""
    return f"{escaped(line.text)}{note}"
