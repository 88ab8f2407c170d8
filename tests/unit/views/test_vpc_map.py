"""The map of VPCs: its words, and that names are data."""

from __future__ import annotations

import re
from dataclasses import replace
from xml.etree import ElementTree

from helpers.analysis.network.vpc_layout import Machine, RouteTable, SecurityGroup, Subnet, Vpc
from helpers.views import VpcMap

WEB = Machine("i-1", "webserver", "running", "10.0.0.4", "203.0.113.7")
OLD = Machine("i-2", "", "stopped", "10.0.1.4", "")
PUBLIC = Subnet("subnet-1", "eu-west-1a", "10.0.0.0/24", "rtb-1", "igw-1", (WEB,))
PRIVATE = Subnet("subnet-2", "eu-west-1b", "10.0.1.0/24", "rtb-2", "", (OLD,))
TABLE = RouteTable("rtb-1", (("10.0.0.0/16", "local"), ("0.0.0.0/0", "igw-1")))
GROUP = SecurityGroup("sg-1", "web", ("tcp 443 from 0.0.0.0/0",), ())
VPC = Vpc("vpc-1", "", "10.0.0.0/16", True, ("igw-1",), (PUBLIC, PRIVATE), (TABLE,), (GROUP,))
CLOSED = Vpc("vpc-2", "private", "10.1.0.0/16", False, (), (PRIVATE,), (), ())


def test_words() -> None:
    assert repr(VpcMap([VPC, CLOSED])).splitlines() == [
        "VPC vpc-1 (default) · 10.0.0.0/16 · internet gateway igw-1",
        "  ◉ public subnet eu-west-1a · 10.0.0.0/24",
        "      webserver · 10.0.0.4 · public address 203.0.113.7",
        "  ○ private subnet eu-west-1b · 10.0.1.0/24",
        "      i-2 (stopped) · 10.0.1.4 · no public address",
        "  routes rtb-1: 10.0.0.0/16 → local · 0.0.0.0/0 → igw-1",
        "  security group web sg-1",
        "      in: tcp 443 from 0.0.0.0/0 · out: nothing",
        "VPC vpc-2 private · 10.1.0.0/16 · no internet gateway",
        "  ○ private subnet eu-west-1b · 10.0.1.0/24",
        "      i-2 (stopped) · 10.0.1.4 · no public address",
    ]


def test_the_drawing_says_what_the_words_say() -> None:
    drawn = VpcMap([VPC, CLOSED]).html()
    text = " ".join(
        "".join(
            f" {part} "
            for part in ElementTree.fromstring(drawn.replace("<br>", "<br/>")).itertext()
        ).split()
    )
    for said in (
        "internet gateway igw-1", "no internet gateway", "◉ public subnet", "○ private subnet",
        "webserver", "203.0.113.7 (public)", "i-2 (stopped)", "no public address",
        "0.0.0.0/0 → igw-1", "in: tcp 443 from 0.0.0.0/0", "out: nothing", "VPC vpc-1 (default)",
    ):  # fmt: skip
        assert said in text
    assert not re.search(r"(?i)<script|<svg|https?://|url\(", drawn)


def test_names_are_data() -> None:
    evil = "<img src=x onerror=alert(1)>"
    subnet = replace(
        PUBLIC, zone=evil, addresses=evil, machines=(Machine(evil, evil, evil, evil, evil),)
    )
    group = SecurityGroup(evil, evil, (evil,), (evil,))
    vpc = Vpc(
        evil, evil, evil, True, (evil,), (subnet,), (RouteTable(evil, ((evil, evil),)),), (group,)
    )
    drawn = VpcMap([vpc]).html()
    assert "<img" not in drawn
    assert drawn.count("&lt;img") >= 15


def test_no_vpc() -> None:
    assert repr(VpcMap([])) == "There is no VPC."
    assert VpcMap([]).html() == "<div>There is no VPC.</div>"
