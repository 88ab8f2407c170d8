"""IAM Access Analyzer. The operations of the second version share the first's actions.

AWS: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsiamaccessanalyzer.html
"""

from __future__ import annotations

from helpers.lab.authorization.table import ANY, Ask, By, Table, pass_role, same

ANALYZER = (By("analyzerName"), By("analyzerArn"))

TABLE = Table(
    resources={
        "Analyzer": (*ANALYZER, By("resourceArn"), ANY),
        "ArchiveRule": (By("analyzerName", "ruleName"),),
    },
    rows={
        **same("GetFinding", "GetFindingV2"),
        **same("ListFindings", "ListFindingsV2"),
        # The second resource that these name is what is analyzed, not what is asked for.
        **{
            operation: (Ask(operation, {"Analyzer": ANALYZER}),)
            for operation in ("GetAnalyzedResource", "StartResourceScan", "UpdateFindings")
        },
        **{
            operation: (Ask(operation, {"Analyzer": By("resourceArn")}),)
            for operation in ("ListTagsForResource", "TagResource", "UntagResource")
        },
    },
    also={
        "StartPolicyGeneration": (
            pass_role("cloudTrailDetails.accessRole", "access-analyzer.amazonaws.com"),
        ),
    },
    nowhere="arn:aws:access-analyzer:${Region}:${Account}:*",
)
