"""ECR: repositories by name, in the caller's registry or another account's.

AWS: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerregistry.html
"""

from __future__ import annotations

from helpers.lab.authorization.table import Ask, By, Site, Table


def _repository(site: Site, name: str) -> str:
    owner = site.parameters.get("registryId") or site.account_id
    return f"arn:aws:ecr:{site.call.region}:{owner}:repository/{name}"


REPOSITORY = By("repositoryName", read=_repository)

TABLE = Table(
    resources={
        "repository": (
            REPOSITORY,
            By("repositoryNames[]", read=_repository),
            By("resourceArn"),
        )
    },
    also={"CreateRepository": (Ask("TagResource", {"repository": REPOSITORY}, "tags"),)},
    across=frozenset(
        [
            "BatchCheckLayerAvailability",
            "BatchDeleteImage",
            "BatchGetImage",
            "CompleteLayerUpload",
            "DescribeImages",
            "DescribeRepositories",
            "GetDownloadUrlForLayer",
            "GetRepositoryPolicy",
            "InitiateLayerUpload",
            "ListImages",
            "ListTagsForResource",
            "PutImage",
            "UploadLayerPart",
        ]
    ),
)
