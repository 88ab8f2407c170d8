"""A slip and a theft with a program's key, and everything put back."""

from __future__ import annotations

from lab_calls import allow, policy, statement

from helpers import Lab
from helpers.lab.attacks.stolen_key import (
    ELSEWHERE,
    THIEFS_USER,
    Keepsake,
    accident,
    expel,
    stolen_key,
)

FILE = ("payroll", "2026.csv")


def program(lab: Lab, document: str) -> None:
    iam = lab.root.client("iam")
    iam.create_user(UserName="program")
    iam.put_user_policy(UserName="program", PolicyName="Work", PolicyDocument=document)


def test_full_access_lets_everything_happen_and_all_is_put_back(house: Lab) -> None:
    program(house, allow("*"))
    s3, caller = house.root.client("s3"), house.caller("program")
    keepsake = Keepsake(s3, "payroll")
    before = s3.get_object(Bucket=FILE[0], Key=FILE[1])["Body"].read()
    assert all(step.worked for step in accident(caller, *FILE))
    assert FILE[1] not in str(s3.list_objects_v2(Bucket="payroll")["Contents"])
    s3.put_object(Bucket="payroll", Key="new", Body=b"")
    keepsake.restore()
    assert s3.get_object(Bucket=FILE[0], Key=FILE[1])["Body"].read() == before
    assert "new" not in str(s3.list_objects_v2(Bucket="payroll")["Contents"])

    assert all(step.worked for step in stolen_key(caller, *FILE))
    assert {event["sourceIPAddress"] for event in house.events[-4:]} == {ELSEWHERE}
    expel(house.root)
    users = house.root.client("iam").list_users()["Users"]
    assert THIEFS_USER not in {user["UserName"] for user in users}
    states = {
        instance["State"]["Name"]
        for reservation in house.root.client("ec2").describe_instances()["Reservations"]
        for instance in reservation["Instances"]
    }
    assert states <= {"terminated", "shutting-down"}
    expel(house.root)  # nothing is left to do


def test_a_condition_keeps_the_thief_out_and_the_owner_in(house: Lab) -> None:
    office = {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}
    program(house, policy(statement("Allow", "*", Condition=office)))
    caller = house.caller("program")
    assert [step.control for step in stolen_key(caller, *FILE)] == [
        "no identity-based policy allows",
        "no identity-based policy allows",
        "no way in",
        "no identity-based policy allows",
    ]
    assert all(step.worked for step in accident(caller, *FILE))


def test_a_small_policy_leaves_the_thief_what_the_program_may(house: Lab) -> None:
    program(house, allow("s3:GetObject", "arn:aws:s3:::payroll/*"))
    caller = house.caller("program")
    assert [step.worked for step in stolen_key(caller, *FILE)] == [False, False, False, True]
    assert [step.worked for step in accident(caller, *FILE)] == [False, False]
