"""Identity providers whose users may come in from outside: OpenID Connect and SAML.

AWS page: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers.html
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from helpers.lab.services import iam_store as store
from helpers.lab.services import iam_tags
from helpers.lab.services.registry import Asked, answers

CLIENT_IDS = 100
THUMBPRINTS = 5
SAML_DAYS = timedelta(days=36_500)
"""How long the lab takes a metadata document to hold: it does not read when it ends."""


def _oidc(asked: Asked) -> Any:
    arn = asked.parameters["OpenIDConnectProviderArn"]
    if (found := asked.iam.open_id_providers.get(arn)) is None:
        raise store.no_such_entity(f"OpenIDConnect Provider not found for arn {arn}")
    return found


@answers("iam", "CreateOpenIDConnectProvider")
def create_open_id_connect_provider(asked: Asked) -> Any:
    parameters = asked.parameters
    url = parameters["Url"]
    host = url.removeprefix("https://").removesuffix("/")
    if not url.startswith("https://") or not host:
        raise store.invalid_input("Invalid Open ID Connect Provider URL")
    if any(provider.url == host for provider in asked.iam.open_id_providers.values()):
        raise store.already_exists(f"Provider with url {url} already exists.")
    tags = iam_tags.checked(parameters.get("Tags"))
    made = asked.iam.create_open_id_connect_provider(
        f"https://{host}",
        parameters.get("ThumbprintList") or [],
        parameters.get("ClientIDList") or [],
        tags,
    )
    return {"OpenIDConnectProviderArn": made.arn, "Tags": tags}


@answers("iam", "GetOpenIDConnectProvider")
def get_open_id_connect_provider(asked: Asked) -> Any:
    found = _oidc(asked)
    return {
        "Url": found.url,
        "ClientIDList": found.client_id_list,
        "ThumbprintList": found.thumbprint_list,
        "CreateDate": found.create_date,
        "Tags": found.get_tags(),
    }


@answers("iam", "UpdateOpenIDConnectProviderThumbprint")
def update_thumbprint(asked: Asked) -> None:
    thumbprints = asked.parameters["ThumbprintList"]
    if len(thumbprints) > THUMBPRINTS:
        raise store.invalid_input(f"Thumbprint list must contain fewer than {THUMBPRINTS} entries.")
    _oidc(asked).thumbprint_list = thumbprints


@answers("iam", "AddClientIDToOpenIDConnectProvider")
def add_client_id(asked: Asked) -> None:
    """One that is there already stays so, and that is no error."""
    found, client_id = _oidc(asked), asked.parameters["ClientID"]
    if client_id in found.client_id_list:
        return
    if len(found.client_id_list) >= CLIENT_IDS:
        raise store.limit_exceeded("ClientIdsPerOpenIdConnectProvider", CLIENT_IDS)
    found.client_id_list.append(client_id)


@answers("iam", "RemoveClientIDFromOpenIDConnectProvider")
def remove_client_id(asked: Asked) -> None:
    """One that is not there stays away, and that is no error."""
    found, client_id = _oidc(asked), asked.parameters["ClientID"]
    found.client_id_list = [known for known in found.client_id_list if known != client_id]


# SAML -------------------------------------------------------------------------------------------


def _saml(asked: Asked) -> Any:
    arn = asked.parameters["SAMLProviderArn"]
    found = next((it for it in asked.iam.saml_providers.values() if it.arn == arn), None)
    if found is None:
        raise store.no_such_entity(f"Manifest not found for arn {arn}")
    return found


def _is_metadata(document: str) -> bool:
    return "EntityDescriptor" in document and document.lstrip().startswith("<")


def _check(document: str) -> None:
    if not _is_metadata(document):
        raise store.invalid_input("Could not parse metadata")


@answers("iam", "CreateSAMLProvider")
def create_saml_provider(asked: Asked) -> Any:
    parameters = asked.parameters
    name, document = parameters["Name"], parameters["SAMLMetadataDocument"]
    _check(document)
    if store.taken(name, asked.iam.saml_providers):
        raise store.already_exists(f"Provider with name {name} already exists.")
    tags = iam_tags.checked(parameters.get("Tags"))
    made = asked.iam.create_saml_provider(name, document)
    made.valid_until = asked.now + SAML_DAYS
    if tags:
        iam_tags.tags_by_arn(asked.account)[made.arn] = tags
    return {"SAMLProviderArn": made.arn, "Tags": tags}


@answers("iam", "GetSAMLProvider")
def get_saml_provider(asked: Asked) -> Any:
    found = _saml(asked)
    return {
        "SAMLMetadataDocument": found.saml_metadata_document,
        "CreateDate": found.create_date,
        "ValidUntil": found.valid_until,
        "Tags": iam_tags.tags_by_arn(asked.account).get(found.arn) or None,
    }


@answers("iam", "UpdateSAMLProvider")
def update_saml_provider(asked: Asked) -> Any:
    found, document = _saml(asked), asked.parameters.get("SAMLMetadataDocument")
    if document is not None:
        _check(document)
        found.saml_metadata_document = document
    return {"SAMLProviderArn": found.arn}


@answers("iam", "DeleteSAMLProvider")
def delete_saml_provider(asked: Asked) -> None:
    found = _saml(asked)
    iam_tags.tags_by_arn(asked.account).pop(found.arn, None)
    del asked.iam.saml_providers[found.name]
