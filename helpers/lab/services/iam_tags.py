"""Tags on IAM's resources: at most 50, no two with the same key, whatever its case.

AWS page: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from helpers.lab import seam
from helpers.lab.account import Account
from helpers.lab.errors import AwsError
from helpers.lab.services import iam_store as store
from helpers.lab.services.registry import Asked, answers

LARGEST = 50

Tags = list[dict[str, str]]


def checked(tags: Iterable[Mapping[str, str]] | None) -> Tags:
    """Tags as a call brings them. Raises ``AwsError`` for those that no resource may have."""
    found = [{"Key": tag["Key"], "Value": tag["Value"]} for tag in tags or []]
    keys = [tag["Key"].lower() for tag in found]
    if len(set(keys)) < len(keys):
        raise store.invalid_input(
            "Duplicate tag keys found. Please note that Tag keys are case insensitive."
        )
    if any(key.startswith("aws:") for key in keys):
        raise store.invalid_input("Tag keys and values cannot start with aws:")
    return found


def with_tags(there: Tags, new: Tags) -> Tags:
    """Tags with others over them: a key that is there takes the new value, and its case."""
    keys = {tag["Key"].lower() for tag in new}
    found = [tag for tag in there if tag["Key"].lower() not in keys] + new
    if len(found) > LARGEST:
        raise AwsError("LimitExceeded", "The number of tags has reached the maximum limit.", 409)
    return found


def without_tags(there: Tags, keys: Iterable[str]) -> Tags:
    """Tags without those of some keys."""
    gone = {key.lower() for key in keys}
    return [tag for tag in there if tag["Key"].lower() not in gone]


def tags_by_arn(account: Account) -> dict[str, Tags]:
    """The tags of resources whose store at moto has no place for them, by ARN or serial."""
    return account.own.setdefault("iam.tags", {})


def set_user_tags(asked: Asked, user: Any, tags: Tags) -> None:
    """Give a user these tags and no others; moto keeps them by the user's ARN."""
    asked.iam.tagger.delete_all_tags_for_resource(user.arn)
    asked.iam.tagger.tag_resource(user.arn, tags)


# Each finds what the call names, and returns its tags and how they are put in their place.


def _of_user(asked: Asked) -> Any:
    user = store.user(asked)
    return seam.tag_list(user), lambda tags: set_user_tags(asked, user, tags)


def _of_list(entity: Any) -> Any:
    return seam.tag_list(entity), lambda tags: setattr(entity, "tags", tags)


def _of_dict(entity: Any) -> Any:
    by_key = {"tags": lambda tags: {tag["Key"].lower(): tag for tag in tags}}
    return seam.tag_list(entity), lambda tags: setattr(entity, "tags", by_key["tags"](tags))


def _by_arn(asked: Asked, arn: str) -> Any:
    there = tags_by_arn(asked.account)
    return there.get(arn, []), lambda tags: there.__setitem__(arn, tags)


def _of_mfa_device(asked: Asked) -> Any:
    serial = asked.parameters["SerialNumber"]
    if serial not in asked.account.devices:
        raise store.no_such_entity(f"VirtualMFADevice with serial number {serial} doesn't exist.")
    return _by_arn(asked, serial)


def _of_oidc_provider(asked: Asked) -> Any:
    arn = asked.parameters["OpenIDConnectProviderArn"]
    if (provider := asked.iam.open_id_providers.get(arn)) is None:
        raise store.no_such_entity(f"OpenIDConnect Provider not found for arn {arn}")
    return _of_dict(provider)


def _of_saml_provider(asked: Asked) -> Any:
    return _by_arn(asked, asked.iam.get_saml_provider(asked.parameters["SAMLProviderArn"]).arn)


def _of_server_certificate(asked: Asked) -> Any:
    name = asked.parameters["ServerCertificateName"]
    return _by_arn(asked, asked.iam.get_server_certificate(name).arn)


TAGGED = {
    "User": _of_user,
    "Role": lambda asked: _of_list(store.modifiable_role(asked)),
    "Policy": lambda asked: _of_dict(store.policy(asked)),
    "InstanceProfile": lambda asked: _of_list(store.instance_profile(asked)),
    "MFADevice": _of_mfa_device,
    "OpenIDConnectProvider": _of_oidc_provider,
    "SAMLProvider": _of_saml_provider,
    "ServerCertificate": _of_server_certificate,
}
"""What can be tagged, as the operations' names say it."""


@answers("iam", *(f"Tag{kind}" for kind in TAGGED))
def tag(asked: Asked) -> None:
    there, put = TAGGED[asked.call.operation.removeprefix("Tag")](asked)
    put(with_tags(there, checked(asked.parameters["Tags"])))


@answers("iam", *(f"Untag{kind}" for kind in TAGGED))
def untag(asked: Asked) -> None:
    there, put = TAGGED[asked.call.operation.removeprefix("Untag")](asked)
    put(without_tags(there, asked.parameters["TagKeys"]))


@answers("iam", *(f"List{kind}Tags" for kind in TAGGED))
def list_tags(asked: Asked) -> Any:
    kind = asked.call.operation.removeprefix("List").removesuffix("Tags")
    there = seam.tag_list(store.role(asked)) if kind == "Role" else TAGGED[kind](asked)[0]
    tags, more = store.page(asked, sorted(there, key=lambda tag: tag["Key"]))
    return {"Tags": tags, **more}
