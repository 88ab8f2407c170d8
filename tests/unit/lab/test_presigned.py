"""Pre-signed URLs, upload forms and anonymous requests: judged as their signer, or as nobody."""

from __future__ import annotations

import urllib.error
import urllib.request
from urllib.parse import quote

import boto3
import pytest
import requests
import urllib3
from botocore import UNSIGNED
from botocore.config import Config
from lab_calls import allow, client, new_user, policy, refused

from helpers import Caller, Lab
from helpers.lab import NothingLeaves

OBJECT = {"Bucket": "payroll", "Key": "2026.csv"}
VERSIONS = {"v2": "s3", "v4": "s3v4"}
KEYS = [
    "a b+c.txt",
    "é/ü.txt",
    "a//b",
    "100%41.txt",
    "~tilde(1)!'*.txt",
    "q?x=1&y#z",
    "v20180820/x",
]


def s3_of(caller: Caller, version: str, region: str = "us-east-1"):
    config = Config(signature_version=VERSIONS[version])
    return (
        caller.client("s3", config=config)
        if region == "us-east-1"
        else caller.session.client("s3", region_name=region, config=config)
    )


def code_of(answer: requests.Response) -> str:
    return answer.text.partition("<Code>")[2].partition("</Code>")[0]


@pytest.mark.parametrize("version", VERSIONS)
def test_get_as_the_signer(house: Lab, version: str) -> None:
    s3 = s3_of(house.caller("analyst"), version)
    answer = requests.get(s3.generate_presigned_url("get_object", Params=OBJECT))
    assert (answer.status_code, answer.text[:5]) == (200, "month")
    denied = s3.generate_presigned_url("delete_object", Params=OBJECT)
    answer = requests.delete(denied)
    assert (answer.status_code, code_of(answer)) == (403, "AccessDenied")
    assert "user/analyst is not authorized to perform: s3:DeleteObject" in answer.text


@pytest.mark.parametrize("version", VERSIONS)
def test_put_with_a_url(house: Lab, version: str) -> None:
    s3, plain = s3_of(house.root, version), house.root.client("s3")
    where = {"Bucket": "payroll", "Key": "new.txt"}
    url = s3.generate_presigned_url("put_object", Params={**where, "ContentType": "text/plain"})
    assert requests.put(url, data=b"hi", headers={"Content-Type": "text/plain"}).ok
    assert plain.get_object(**where)["Body"].read() == b"hi"
    # The type was signed: another one is another request.
    answer = requests.put(url, data=b"ho", headers={"Content-Type": "text/html"})
    assert code_of(answer) == "SignatureDoesNotMatch"
    assert plain.get_object(**where)["Body"].read() == b"hi"
    # The type is signed where the URL names it, and a GET of the same URL is another request.
    assert code_of(requests.get(url)) == "SignatureDoesNotMatch"


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("key", KEYS)
def test_keys_that_need_escaping(house: Lab, version: str, key: str) -> None:
    s3, plain = s3_of(house.root, version), house.root.client("s3")
    plain.put_object(Bucket="payroll", Key=key, Body=key.encode())
    assert plain.get_object(Bucket="payroll", Key=key)["Body"].read() == key.encode()
    url = s3.generate_presigned_url("get_object", Params={"Bucket": "payroll", "Key": key})
    assert requests.get(url).content == key.encode()


@pytest.mark.parametrize("style", ["path", "virtual"])
@pytest.mark.parametrize("region", ["us-east-1", "eu-west-1"])
def test_path_and_virtual_host_in_two_regions(house: Lab, style: str, region: str) -> None:
    for signature in VERSIONS.values():
        config = Config(signature_version=signature, s3={"addressing_style": style})
        s3 = house.caller("analyst").session.client("s3", region_name=region, config=config)
        if signature == "s3v4":
            assert s3.get_object(**OBJECT)["ContentLength"] == 56
        url = s3.generate_presigned_url("get_object", Params=OBJECT)
        # The bucket is in us-east-1, and a signature of version 4 is for one Region.
        good = region == "us-east-1" or signature == "s3"
        assert requests.get(url).ok is good, (style, signature)


@pytest.mark.parametrize("version", VERSIONS)
def test_a_tampered_url(house: Lab, version: str) -> None:
    s3 = s3_of(house.root, version)
    url = s3.generate_presigned_url("get_object", Params=OBJECT, ExpiresIn=60)
    assert requests.get(url).ok
    for other in (
        url.replace("2026.csv", "2025.csv"),
        url + "&versionId=1" if version == "v2" else url + "&x=1",
        url.replace("Signature=", "Signature=A"),
        url.replace("Expires=", "Expires=9"),
    ):
        assert code_of(requests.get(other)) == "SignatureDoesNotMatch", other
    assert code_of(requests.delete(url)) == "SignatureDoesNotMatch"


@pytest.mark.parametrize("version", VERSIONS)
def test_a_url_ends_by_the_accounts_clock(house: Lab, version: str) -> None:
    s3 = s3_of(house.root, version)
    url = s3.generate_presigned_url("get_object", Params=OBJECT, ExpiresIn=60)
    house.clock.advance(seconds=55)
    assert requests.get(url).ok
    house.clock.advance(seconds=10)
    answer = requests.get(url)
    assert (answer.status_code, code_of(answer)) == (403, "AccessDenied")
    assert "Request has expired" in answer.text


@pytest.mark.parametrize("version", VERSIONS)
def test_a_url_is_as_good_as_its_key(house: Lab, version: str) -> None:
    analyst = house.caller("analyst")
    url = s3_of(analyst, version).generate_presigned_url("get_object", Params=OBJECT)
    iam = house.root.client("iam")
    key = {"UserName": "analyst", "AccessKeyId": analyst.access_key_id}
    iam.update_access_key(**key, Status="Inactive")
    assert code_of(requests.get(url)) == "InvalidAccessKeyId"
    iam.update_access_key(**key, Status="Active")
    assert requests.get(url).ok
    iam.remove_user_from_group(UserName="analyst", GroupName="analysts")
    assert code_of(requests.get(url)) == "AccessDenied"


@pytest.mark.parametrize("version", VERSIONS)
def test_a_url_of_temporary_credentials(house: Lab, version: str) -> None:
    made = house.caller("analyst").client("sts").get_session_token()["Credentials"]
    s3 = client(made, "s3", config=Config(signature_version=VERSIONS[version]))
    url = s3.generate_presigned_url("get_object", Params=OBJECT)
    assert requests.get(url).ok
    name = "X-Amz-Security-Token=" if version == "v4" else "x-amz-security-token="
    assert name in url
    assert not requests.get(url.replace(name, name + "A")).ok
    start, _, rest = url.partition(name)
    assert not requests.get(start + rest.partition("&")[2]).ok


def test_an_upload_form(house: Lab) -> None:
    for version in VERSIONS:
        form = s3_of(house.caller("admin"), version).generate_presigned_post("payroll", "up.txt")
        answer = requests.post(form["url"], data=form["fields"], files={"file": ("f", b"hello")})
        assert answer.ok, (version, answer.text)
        s3 = house.root.client("s3")
        assert s3.get_object(Bucket="payroll", Key="up.txt")["Body"].read() == b"hello"
        s3.delete_object(Bucket="payroll", Key="up.txt")
        spoilt = {**form["fields"], "policy": form["fields"]["policy"][:-4] + "AAAA"}
        answer = requests.post(form["url"], data=spoilt, files={"file": ("f", b"hello")})
        assert code_of(answer) == "SignatureDoesNotMatch"
        assert "Contents" not in s3.list_objects_v2(Bucket="payroll", Prefix="up")


def test_an_upload_form_of_somebody_who_may_not(house: Lab) -> None:
    form = house.caller("analyst").client("s3").generate_presigned_post("payroll", "up.txt")
    answer = requests.post(form["url"], data=form["fields"], files={"file": ("f", b"hello")})
    assert code_of(answer) == "AccessDenied"


def test_an_upload_form_needs_put_object_on_its_key(house: Lab) -> None:
    caller = new_user(house, "clerk", allow("s3:PutObject", "arn:aws:s3:::payroll/in/*"))
    for key, code in (("in/a", ""), ("out/a", "AccessDenied")):
        form = caller.client("s3").generate_presigned_post("payroll", key)
        answer = requests.post(form["url"], data=form["fields"], files={"file": ("f", b"x")})
        assert code_of(answer) == code
        asked = house.decisions[-1].request
        assert (asked.action, asked.resource) == ("s3:PutObject", f"arn:aws:s3:::payroll/{key}")


def test_an_upload_form_ends_and_holds_to_its_key(house: Lab) -> None:
    s3 = house.root.client("s3")
    form = s3.generate_presigned_post("payroll", "up.txt", ExpiresIn=60)
    other = {**form["fields"], "key": "2026.csv"}
    answer = requests.post(form["url"], data=other, files={"file": ("f", b"bad")})
    assert code_of(answer) == "AccessDenied"
    house.clock.advance(seconds=120)
    answer = requests.post(form["url"], data=form["fields"], files={"file": ("f", b"late")})
    assert code_of(answer) == "AccessDenied"
    assert s3.get_object(**OBJECT)["ContentLength"] == 56
    assert s3.list_objects_v2(Bucket="payroll")["KeyCount"] == 2


def test_an_upload_form_with_conditions(house: Lab) -> None:
    s3 = house.root.client("s3")
    form = s3.generate_presigned_post(
        "payroll",
        "in/${filename}",
        Fields={"Content-Type": "text/plain"},
        Conditions=[["starts-with", "$Content-Type", "text/"], ["content-length-range", 2, 4]],
    )

    def post(file: bytes, **fields: str) -> str:
        data = {**form["fields"], **fields}
        return code_of(requests.post(form["url"], data=data, files={"file": ("f", file)}))

    assert post(b"123") == ""
    assert s3.get_object(Bucket="payroll", Key="in/f")["Body"].read() == b"123"
    assert post(b"123", **{"Content-Type": "image/png"}) == "AccessDenied"
    assert post(b"12345") == "EntityTooLarge"
    assert post(b"1") == "EntityTooSmall"
    assert post(b"123", acl="public-read") == "AccessDenied"
    assert post(b"123", **{"x-ignore-me": "1"}) == ""


def test_presigned_get_caller_identity(house: Lab) -> None:
    sts = house.caller("analyst").client("sts")
    answer = requests.get(sts.generate_presigned_url("get_caller_identity", HttpMethod="GET"))
    assert "user/analyst" in answer.text


def test_the_oldest_way_of_signing_is_refused(house: Lab) -> None:
    s3 = house.root.client("s3", config=Config(signature_version="s3"))
    assert "AWS4-HMAC-SHA256" in refused("InvalidRequest", s3.list_buckets)


def test_anonymous_requests_have_what_the_bucket_gives_to_all(house: Lab) -> None:
    anonymous = boto3.client("s3", config=Config(signature_version=UNSIGNED))
    url = "https://payroll.s3.amazonaws.com/2026.csv"
    assert refused("AccessDenied", anonymous.get_object, **OBJECT) == "Access Denied"
    refused("AccessDenied", anonymous.list_buckets)
    assert requests.get(url).status_code == 403
    refused("403", anonymous.head_object, **OBJECT)
    public = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": "arn:aws:s3:::payroll/2026.csv",
    }
    house.root.client("s3").delete_public_access_block(Bucket="payroll")
    house.root.client("s3").put_bucket_policy(Bucket="payroll", Policy=policy(public))
    assert anonymous.get_object(**OBJECT)["ContentLength"] == 56
    assert requests.get(url).text.startswith("month")
    assert requests.get(url.replace("2026", "2025")).status_code == 403
    refused("AccessDenied", anonymous.put_object, **OBJECT, Body=b"mine now")


@pytest.mark.parametrize("service", ["iam", "sts", "ec2"])
def test_anonymous_requests_to_other_services(house: Lab, service: str) -> None:
    call = {
        "iam": lambda c: c.list_users,
        "sts": lambda c: c.get_caller_identity,
        "ec2": lambda c: c.describe_instances,
    }[service]
    made = boto3.client(service, config=Config(signature_version=UNSIGNED))
    code = "AuthFailure" if service == "ec2" else "MissingAuthenticationToken"
    refused(code, call(made))


def test_through_urllib_a_url_is_refused_and_leaves_nothing(house: Lab) -> None:
    url = house.root.client("s3").generate_presigned_url("get_object", Params=OBJECT)
    with pytest.raises((urllib.error.URLError, NothingLeaves), match="was stopped"):
        urllib.request.urlopen(url, timeout=5)
    with pytest.raises(urllib3.exceptions.HTTPError, match="was stopped"):
        urllib3.PoolManager().request("GET", url, retries=False, timeout=5)


def test_a_url_quoted_otherwise_is_the_same_url(house: Lab) -> None:
    """Browsers and curl write %20 and %2F their own way."""
    s3 = s3_of(house.root, "v4")
    s3.put_object(Bucket="payroll", Key="a/b c", Body=b"x")
    url = s3.generate_presigned_url("get_object", Params={"Bucket": "payroll", "Key": "a/b c"})
    assert quote("a/b c") in url
    assert requests.get(url).content == b"x"
