"""A map of VPCs: the internet, the gateway, the subnets with their machines, and what guards them.

Nothing on the map is told by its colour alone: a subnet that the internet has a way to is called
public, its line is thick and its symbol another.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from helpers.cards import escaped as _e
from helpers.cards import plain

if TYPE_CHECKING:
    from helpers.analysis.network.vpc_layout import Machine, RouteTable, SecurityGroup, Subnet, Vpc

__all__ = ["VpcMap"]

OPEN, CLOSED = "◉", "○"
"""The symbols of public and private subnets."""

NO_WAY = "no internet gateway"


class VpcMap:
    """A drawing of the VPCs that ``helpers.analysis.network.vpc_layout.layout`` returns.

    >>> from helpers.analysis.network.vpc_layout import Machine, Subnet, Vpc
    >>> machine = Machine("i-1", "webserver", "running", "10.0.0.4", "203.0.113.7")
    >>> subnet = Subnet("subnet-1", "eu-west-1a", "10.0.0.0/24", "rtb-1", "igw-1", (machine,))
    >>> VpcMap([Vpc("vpc-1", "shop", "10.0.0.0/16", False, ("igw-1",), (subnet,), (), ())])
    VPC vpc-1 shop · 10.0.0.0/16 · internet gateway igw-1
      ◉ public subnet eu-west-1a · 10.0.0.0/24
          webserver · 10.0.0.4 · public address 203.0.113.7
    """

    def __init__(self, vpcs: Sequence[Vpc]) -> None:
        self._vpcs = list(vpcs)

    def __repr__(self) -> str:
        if not self._vpcs:
            return "There is no VPC."
        return "\n".join(plain(line) for vpc in self._vpcs for line in _lines(vpc))

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        return {"text/plain": repr(self), "text/html": self.html()}

    def html(self) -> str:
        """The map as boxes in boxes that load nothing; names are data."""
        if not self._vpcs:
            return f"<div>{_e(repr(self))}</div>"
        drawn = "".join(map(_drawn, self._vpcs))
        return f'<div style="overflow-wrap:anywhere">{drawn}</div>'


# As text -----------------------------------------------------------------------------------------


def _lines(vpc: Vpc) -> Iterator[str]:
    yield " · ".join((f"VPC {_title(vpc)}", vpc.addresses, _way(vpc)))
    if not vpc.subnets:
        yield "  no subnets"
    for subnet in vpc.subnets:
        mark, word = _kind(subnet)
        yield f"  {mark} {word} subnet {subnet.zone} · {subnet.addresses}"
        for machine in subnet.machines:
            yield f"      {_called(machine)} · {_addresses(machine)}"
    for table in vpc.route_tables:
        routes = " · ".join(f"{where} → {target}" for where, target in table.routes)
        yield f"  routes {table.id}: {routes or 'none'}"
    for group in vpc.security_groups:
        yield f"  security group {group.name} {group.id}"
        yield f"      in: {_listed(group.inbound)} · out: {_listed(group.outbound)}"


def _title(vpc: Vpc) -> str:
    return " ".join(filter(None, (vpc.id, vpc.name, "(default)" if vpc.is_default else "")))


def _way(vpc: Vpc) -> str:
    return f"internet gateway {', '.join(vpc.gateways)}" if vpc.gateways else NO_WAY


def _kind(subnet: Subnet) -> tuple[str, str]:
    return (OPEN, "public") if subnet.gateway else (CLOSED, "private")


def _called(machine: Machine) -> str:
    name = machine.name or machine.id
    return name if machine.state == "running" else f"{name} ({machine.state})"


def _addresses(machine: Machine) -> str:
    public = f"public address {machine.public}" if machine.public else "no public address"
    return " · ".join(filter(None, (machine.private, public)))


def _listed(rules: Sequence[str]) -> str:
    return ", ".join(rules) or "nothing"


# As a drawing ------------------------------------------------------------------------------------

# Lines of 3:1 or more on white and on JupyterLab's dark ground; text and ground are the theme's.
_LINE = "#757575"
_PUBLIC, _PRIVATE = "#d9660f", "#388e3c"
_BOX = f"border:1px solid {_LINE};border-radius:6px;padding:6px 10px;margin:4px;text-align:left;"
_SUBNET = "display:inline-block;vertical-align:top;padding:4px 10px;margin:4px;text-align:left;"
_MACHINE = f"border:1px solid {_LINE};padding:2px 8px;margin:4px 0;"


def _drawn(vpc: Vpc) -> str:
    subnets = "".join(map(_subnet_box, vpc.subnets))
    routes = "".join(map(_table_row, vpc.route_tables))
    groups = "".join(map(_group_row, vpc.security_groups))
    inside = (
        f"<div><strong>VPC {_e(_title(vpc))}</strong> · {_e(vpc.addresses)}</div>"
        f"<div>{subnets or 'no subnets'}</div>"
        f"<div>Routes</div><ul>{routes}</ul>"
        f"<div>Security groups</div><ul>{groups}</ul>"
    )
    return f'{_top(vpc)}<div style="{_BOX}">{inside}</div>'


def _top(vpc: Vpc) -> str:
    """What is above a VPC: the internet, and the gateway to it where there is one."""
    if not vpc.gateways:
        return f'<div style="text-align:center">the internet<br>✖ {NO_WAY}</div>'
    way = _e(_way(vpc))
    return f'<div style="text-align:center">the internet<br>↕<br><strong>{way}</strong><br>↕</div>'


def _subnet_box(subnet: Subnet) -> str:
    mark, word = _kind(subnet)
    border = f"3px solid {_PUBLIC}" if subnet.gateway else f"1px solid {_PRIVATE}"
    machines = "".join(
        f'<div style="{_MACHINE}"><strong>{_e(_called(machine))}</strong><br>'
        f"{_e(machine.private)}<br>"
        f"{_e(machine.public) + ' (public)' if machine.public else 'no public address'}</div>"
        for machine in subnet.machines
    )
    return (
        f'<div style="{_SUBNET}border:{border}">{mark} {word} subnet<br>'
        f"{_e(subnet.zone)}<br>{_e(subnet.addresses)}{machines}</div>"
    )


def _table_row(table: RouteTable) -> str:
    routes = "<br>".join(f"{_e(where)} → {_e(target)}" for where, target in table.routes)
    return f"<li>{_e(table.id)}<br>{routes or 'none'}</li>"


def _group_row(group: SecurityGroup) -> str:
    return (
        f"<li><strong>{_e(group.name)}</strong> {_e(group.id)}<br>"
        f"in: {_e(_listed(group.inbound))}<br>out: {_e(_listed(group.outbound))}</li>"
    )
