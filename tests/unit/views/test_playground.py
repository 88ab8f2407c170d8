"""The playground: what it says and draws, that what is typed is data, and its form."""

from __future__ import annotations

import ast
import doctest
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import ipywidgets
import pytest

from helpers.cards import TONES
from helpers.policy import PolicyType
from helpers.policy.simulation import MOST_POLICIES, Simulation, WrittenPolicy
from helpers.views import Playground, playground
from helpers.views.playground import form
from helpers.views.playground.presets import EXAMPLES, PRESETS

NOTEBOOKS = Path(__file__).resolve().parents[3] / "notebooks"

HOSTILE = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "\"'><b>bold</b>",
    "</pre></div></td></table>",
    "`<i>code</i>` &amp; ${aws:username} $x$",
    "{{7*7}} %s {0}",
)


class Seen(HTMLParser):
    """The elements of a page and its words."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.words: list[str] = []
        self.open = 0
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.names.add(tag)
        self.open += tag != "br"
        assert {name for name, _ in attrs} <= {"style", "aria-hidden", "role"}, attrs

    def handle_endtag(self, tag: str) -> None:
        self.open -= 1

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def statement(effect: str = "Allow", **more: Any) -> dict[str, Any]:
    return {"Effect": effect, "Action": "s3:*", "Resource": "*", **more}


def asked(*documents: Any, **more: str) -> Playground:
    fields = {
        "principal": "arn:aws:iam::111122223333:user/analyst",
        "action": "s3:GetObject",
        "resource": "arn:aws:s3:::payroll/2026.csv",
    }
    policies = tuple(
        WrittenPolicy(PolicyType.IDENTITY, f"P{number}", document)
        for number, document in enumerate(documents)
    )
    return Playground(Simulation(**{**fields, **more}, policies=policies))


def test_doctests() -> None:
    assert doctest.testmod(playground).failed == 0


# -- presets --------------------------------------------------------------------------------------

EXPECTED = {
    "explicit deny": ("explicitDeny", "identity-based policy"),
    "deny without MFA": ("explicitDeny", "identity-based policy"),
    "MFA a while ago": ("implicitDeny", None),
    "missing condition key": ("allowed", "identity-based policy"),
    "permissions boundary": ("implicitDeny", None),
    "service control policy": ("explicitDeny", "service control policy"),
    "session policy": ("implicitDeny", None),
    "bucket policy": ("allowed", "resource-based policy"),
    "bucket policy of another account": ("implicitDeny", None),
    "locked out by a bucket policy": ("explicitDeny", "resource-based policy"),
}


def test_every_preset_is_known_here() -> None:
    assert Playground.presets() == list(EXPECTED)


@pytest.mark.parametrize("name", PRESETS)
def test_preset(name: str) -> None:
    shown = Playground(name)
    decision = shown.judgement.decision
    assert decision is not None
    by = decision.decided_by
    assert (decision.effect, by and str(by.policy_type)) == EXPECTED[name]
    assert shown.judgement.notes == ()
    assert Playground.from_text(shown.text()).simulation == shown.simulation
    assert eval(shown.cell(), {"Playground": Playground}).simulation == shown.simulation


@pytest.mark.parametrize(
    ("name", "change", "effect"),
    [
        ("explicit deny", {"resource": "arn:aws:s3:::payroll/2026.csv"}, "allowed"),
        ("deny without MFA", {"mfa": "false"}, "explicitDeny"),
        ("deny without MFA", {"mfa": "true"}, "allowed"),
        ("MFA a while ago", {"mfa_age": "300"}, "allowed"),
        ("missing condition key", {"context": "aws:PrincipalTag/team = web"}, "implicitDeny"),
        ("permissions boundary", {"action": "s3:ListAllMyBuckets"}, "allowed"),
        ("service control policy", {"action": "iam:ListUsers", "resource": "*"}, "allowed"),
        ("session policy", {"resource": "arn:aws:s3:::payroll/2026.csv"}, "allowed"),
        ("locked out by a bucket policy", {"context": "aws:PrincipalAccount = 1"}, "explicitDeny"),
    ],
)
def test_one_change_shows_what_a_preset_is_about(name: str, change: Any, effect: str) -> None:
    shown = Playground(name)
    shown.simulation = replace(shown.simulation, **change)
    assert shown.judgement.decision is not None
    assert shown.judgement.decision.effect == effect


def _documents_of(notebook: str) -> list[Any]:
    """The policies that stand as literals in a notebook's cells."""
    (path,) = NOTEBOOKS.glob(f"{notebook}_*.ipynb")
    found = []
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] == "code":
            for node in ast.walk(ast.parse("".join(cell["source"]))):
                try:
                    found.append(ast.literal_eval(node))
                except (ValueError, TypeError):
                    continue
    return found


@pytest.mark.parametrize(
    ("notebook", "preset", "policy"),
    [
        ("05", "deny without MFA", "DenyAllExceptListedIfNoMFA"),
        ("06", "explicit deny", "Closed"),
        ("06", "permissions boundary", "OnlyS3"),
        ("06", "service control policy", "NoUsers"),
        ("06", "session policy", "one_file"),
    ],
)
def test_a_notebook_s_preset_is_the_notebook_s_policy(
    notebook: str, preset: str, policy: str
) -> None:
    text = next(each.text for each in PRESETS[preset].policies if each.name == policy)
    assert json.loads(text) in _documents_of(notebook)


def test_no_such_preset() -> None:
    with pytest.raises(ValueError, match=r'is no preset\. Did you mean "explicit deny"'):
        Playground("explicit denny")
    with pytest.raises(ValueError, match="expected the name of a preset, or a Simulation"):
        Playground({"Statement": []})  # type: ignore[arg-type]


# -- words and picture ----------------------------------------------------------------------------


def test_the_words_say_all() -> None:
    said = repr(
        asked(
            {"Statement": [statement(Sid="Yes"), statement(Action="ec2:*")]},
            {"Statement": statement("Deny", Condition={"Bool": {"aws:SecureTransport": "false"}})},
        )
    )
    lines = said.split("\n")
    assert "  → ✔ allowed" in lines
    assert "aws:username: analyst" in lines
    assert "✔  3      {" in lines
    assert "statement Yes (Allow) matches, and decides: Action and Resource match" in said
    assert "no. 2 (Allow) does not match: Action [ec2:*] does not match: s3:GetObject" in said
    assert (
        "no. 1 (Deny) does not match: Bool aws:SecureTransport [false] does not match: true" in said
    )


def test_a_fault_is_marked_where_it_stands() -> None:
    shown = asked('{"Statement": [\n  {"Effect": "allow"}\n]}')
    lines = repr(shown).split("\n")
    at = lines.index('✖ 2    {"Effect": "allow"}')
    assert lines[at + 1].index("^") == lines[at].index('"allow"')
    assert lines[at + 2] == '     ✖ line 2, column 14: "allow" is no Effect. Write "Allow".'
    assert lines[0] == "✖ No decision yet"
    assert "text-decoration" in shown.html()


@pytest.mark.parametrize("text", ["", "{", '{"Statement": [', "[]", "\n\n\n", '{"a":\u2028}', "{}"])
def test_a_half_written_policy_is_no_trouble(text: str) -> None:
    shown = asked(text)
    assert shown.judgement.decision is None
    assert re.search(r"✖ line \d+, column \d+: ", repr(shown))
    assert Seen(shown.html()).open == 0


def test_statements_in_one_line_share_their_mark() -> None:
    document = json.dumps({"Statement": [statement(Sid="A"), statement("Deny", Sid="B")]})
    said = repr(asked(document))
    assert said.count('✖ 1  {"Statement"') == 1
    assert "ℹ statement A (Allow) matches, and does not decide" in said
    assert "✖ statement B (Deny) matches, and decides" in said


def test_every_line_of_a_policy_is_drawn_once() -> None:
    for shown in map(Playground, PRESETS):
        page = "".join(Seen(shown.html()).words)
        for policy in shown.simulation.policies:
            for number, line in enumerate(policy.text.split("\n"), 1):
                assert f"{number:>4}  {line}" in page
        remarks = re.findall(r"[✔✖ℹ○] statement [^(]*\((?:Allow|Deny)\)[^\n]*", repr(shown))
        assert remarks
        assert all(remark in page for remark in remarks)


@pytest.mark.parametrize("text", HOSTILE)
def test_what_is_typed_is_data(text: str) -> None:
    named = WrittenPolicy(
        PolicyType.SERVICE_CONTROL, text, {"Statement": statement("Deny", Sid=text)}
    )
    key = f"aws:PrincipalTag/a = {text}"
    start = asked({"Statement": statement()}, resource=f"arn:aws:s3:::b/{text}", context=key)
    judged = Playground(replace(start.simulation, policies=(named, *start.simulation.policies)))
    broken = asked(text, {"Statement": statement(text)}, action=text, principal=text, time=text)
    assert judged.judgement.decision is not None
    assert broken.judgement.decision is None
    for shown in (judged, broken):
        seen = Seen(shown.html())
        allowed = {"div", "strong", "small", "code", "br", "details", "summary", "ul", "li", "span"}
        assert seen.names <= allowed
        assert seen.open == 0
        box = shown.widget
        for drawn in _all(box, ipywidgets.HTML)[1:]:  # the first is the form's own style
            assert Seen(drawn.value).names <= allowed
        assert text in repr(shown)
    assert text in "".join(Seen(judged.html()).words)


def test_colours_are_those_of_the_cards() -> None:
    """Whose contrast is computed with the cards; text and ground are the theme's own."""
    known = {tone.fallback for tone in TONES} | {"#757575"}
    for shown in (*map(Playground, PRESETS), asked("{")):
        page = shown.html()
        assert set(re.findall(r"#[0-9a-f]{6}", page)) <= known
        assert not re.search(r"background|(?<!-)\bcolor:", page)


# -- the form -------------------------------------------------------------------------------------


def _all(box: Any, kind: type) -> list[Any]:
    found = [box] if isinstance(box, kind) else []
    for child in getattr(box, "children", ()):
        found += _all(child, kind)
    return found


def labelled(shown: Playground, label: str) -> Any:
    (found,) = (
        each
        for each in _all(shown.widget, ipywidgets.Widget)
        if getattr(each, "description", None) == label
    )
    return found


def drawn(shown: Playground) -> str:
    return "".join(each.value for each in _all(shown.widget, ipywidgets.HTML))


def test_every_input_has_a_label() -> None:
    inputs = (ipywidgets.Text, ipywidgets.Textarea, ipywidgets.Dropdown, ipywidgets.Button)
    found = [each for kind in inputs for each in _all(Playground().widget, kind)]
    assert len(found) > 15
    labels = [each.description for each in found]
    assert all(labels)
    assert len(set(labels)) == len(labels)


@pytest.mark.parametrize(
    ("label", "value", "field"),
    [
        ("Principal", "*", "principal"),
        ("Action", "s3:PutObject", "action"),
        ("Resource", "*", "resource"),
        ("Resource's account", "444455556666", "resource_account"),
        ("MFA", "true", "mfa"),
        ("Seconds since MFA", "60", "mfa_age"),
        ("Source IP", "198.51.100.7", "source_ip"),
        ("Region", "eu-west-1", "region"),
        ("Time (UTC)", "2027-01-01T00:00:00Z", "time"),
        ("Other keys", "aws:PrincipalTag/team = web", "context"),
    ],
)
def test_each_field_is_typed_into_the_simulation(label: str, value: str, field: str) -> None:
    shown = Playground()
    labelled(shown, label).value = value
    assert shown.simulation == replace(PRESETS["explicit deny"], **{field: value})
    assert repr(shown) == repr(Playground(shown.simulation))


def test_typing_into_a_policy_is_judged_at_each_letter() -> None:
    shown = Playground("explicit deny")
    area = labelled(shown, "identity-based policy Closed")
    assert "denied explicitly" in drawn(shown)
    text = area.value
    area.value = text.replace('"Deny"', '"Den"')
    assert "No decision yet" in drawn(shown)
    assert "line 6, column 17: &quot;Den&quot; is no Effect. Write &quot;Deny&quot;" in drawn(shown)
    area.value = text.replace("2025", "2024")
    assert "✔ allowed" in drawn(shown)
    assert area.value == text.replace("2025", "2024")


def test_what_is_half_typed_is_left_as_it_is() -> None:
    shown = Playground()
    area = labelled(shown, "identity-based policy Closed")
    for widget, typed in ((area, "{ \n  "), (labelled(shown, "Action"), "s3:Get ")):
        widget.value = typed
        assert widget.value == typed


def test_a_preset_is_loaded() -> None:
    shown = Playground()
    labelled(shown, "Preset").value = "bucket policy"
    assert shown.simulation == PRESETS["explicit deny"]  # only looked at
    labelled(shown, "Load preset").click()
    assert shown.simulation == PRESETS["bucket policy"]
    assert labelled(shown, "Action").value == "s3:PutObject"
    assert labelled(shown, "resource-based policy payroll").value
    assert "✔ allowed" in drawn(shown)


def test_policies_are_added_and_removed() -> None:
    shown = Playground("deny without MFA")
    kinds = labelled(shown, "New policy")
    for kind in map(str, EXAMPLES):
        kinds.value = kind
        labelled(shown, "Add policy").click()
        assert shown.simulation.policies[-1].type == kind
        assert shown.judgement.decision is not None, kind
    alone = {"permissions boundary", "session policy", "resource-based policy"}
    assert not alone & set(kinds.options)
    labelled(shown, "Remove New3").click()
    assert "permissions boundary" in kinds.options
    labelled(shown, "Remove DenyAllExceptListedIfNoMFA").click()
    names = [policy.name for policy in shown.simulation.policies]
    assert names == ["AdministratorAccess", "New1", "New2", "New4", "New5", "New6"]
    editors = [each.description for each in _all(shown.widget, ipywidgets.Textarea)]
    assert editors[1:-1] == [policy.label for policy in shown.simulation.policies]


def test_no_more_policies_than_there_may_be() -> None:
    shown = Playground()
    for _ in range(MOST_POLICIES + 3):
        labelled(shown, "Add policy").click()
    assert len(shown.simulation.policies) == MOST_POLICIES


def test_a_removed_policy_s_widgets_are_closed() -> None:
    shown = Playground()
    area = labelled(shown, "identity-based policy Closed")
    labelled(shown, "Remove Closed").click()
    assert area.comm is None


def test_the_cell_is_written_and_follows() -> None:
    shown = Playground()
    area = labelled(shown, "The cell")
    assert area.layout.display == "none"
    labelled(shown, "Write as a cell").click()
    assert area.layout.display is None
    assert area.value == shown.cell()
    labelled(shown, "Region").value = "us-west-2"
    assert "Region: us-west-2" in area.value


def test_setting_the_simulation_changes_the_form() -> None:
    shown = Playground()
    assert shown.widget is shown.widget
    shown.simulation = PRESETS["session policy"]
    assert labelled(shown, "Principal").value.endswith("federated-user/contractor")
    assert labelled(shown, "Seconds since MFA").disabled
    labelled(shown, "MFA").value = "true"
    assert not labelled(shown, "Seconds since MFA").disabled


def test_shown_as_widget_picture_and_words() -> None:
    shown = Playground()
    bundle = shown._repr_mimebundle_()
    assert bundle["text/plain"] == repr(shown)
    assert bundle["text/html"] == shown.html()
    view = bundle["application/vnd.jupyter.widget-view+json"]
    assert view["model_id"] == shown.widget.model_id


def test_the_form_asks_for_each_field_of_a_simulation() -> None:
    assert {*form._FIELDS, "policies"} == set(Simulation.__dataclass_fields__)
