"""Lambda: functions by name, partial ARN or ARN, with and without a version or an alias.

AWS: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslambda.html,
https://docs.aws.amazon.com/lambda/latest/dg/lambda-api-permissions-ref.html
"""

from __future__ import annotations

from typing import Any

from helpers.lab import seam, seam_resources
from helpers.lab.authorization.table import ANY, Ask, By, Site, Table, pass_role, same

SERVICE = "lambda.amazonaws.com"


def function_arn(site: Site, name: str) -> str:
    """A function's ARN, qualified where the call is, from any of the forms of FunctionName."""
    if name.startswith("arn:"):
        arn = name
    elif ":function:" in name:  # 111122223333:function:name
        account, _, rest = name.partition(":function:")
        account = account.rpartition(":")[2]
        arn = f"arn:aws:lambda:{site.call.region}:{account}:function:{rest}"
    else:
        arn = site.arn("lambda", f"function:{name.removeprefix('function:')}")
    qualifier = site.parameters.get("Qualifier")
    if qualifier and len(arn.split(":")) == 7:
        arn += f":{qualifier}"
    return arn


def _layer_arn(site: Site, name: str) -> str:
    return name if name.startswith("arn:") else site.arn("lambda", f"layer:{name}")


def _layer_version(site: Site, name: str) -> str:
    arn = _layer_arn(site, name)
    version = site.parameters.get("VersionNumber")
    return f"{arn}:{version}" if version is not None and len(arn.split(":")) == 7 else arn


def _mapped_function(site: Site, _arn: str) -> str | None:
    """The function of an event source mapping: named, or known with the mapping."""
    if name := site.parameters.get("FunctionName"):
        return function_arn(site, name)
    uuid = site.parameters.get("UUID")
    store = seam.store("lambda", site.account_id, site.call.region)
    return seam_resources.mapped_function(store, uuid) if uuid and store is not None else None


def _function_of(site: Site, arn: str) -> str | None:
    return arn if ":function:" in arn else _mapped_function(site, arn)


def _vpcs(site: Site, _arn: str) -> list[str]:
    """The VPCs of the subnets that a function is to be in."""
    subnets = (site.parameters.get("VpcConfig") or {}).get("SubnetIds") or []
    if not subnets:
        return []
    store: Any = seam.store("ec2", site.account_id, site.call.region)
    return seam_resources.vpcs_of_subnets(store, subnets) if store is not None else []


def _function(site: Site, _arn: str) -> str:
    return function_arn(site, str(site.parameters.get("FunctionName", "")))


def _url_auth_type(site: Site, _arn: str) -> str | None:
    return site.parameters.get("FunctionUrlAuthType") or site.parameters.get("AuthType")


FUNCTION = By("FunctionName", read=function_arn)
LAYER_VERSION = By("LayerName", read=_layer_version)
ANYTHING = By("Resource")
POLICY_HOLDER = By("ResourceArn")

TABLE = Table(
    resources={
        "capacityProvider": (By("CapacityProviderName"),),
        "code signing config": (By("CodeSigningConfigArn"),),
        "durable execution": (By("DurableExecutionArn"), ANY),
        "eventSourceMapping": (By("UUID"),),
        "function": (FUNCTION, POLICY_HOLDER),
        # Provisioned concurrency is of a version or an alias; the ARN says which.
        "function alias": (FUNCTION,),
        "function version": (FUNCTION,),
        "layer": (By("LayerName", read=_layer_arn),),
        "layerVersion": (LAYER_VERSION, By("Arn")),
        "webFunction": (POLICY_HOLDER,),
    },
    rows={
        **same("InvokeFunction", "Invoke", "InvokeWithResponseStream"),
        **same("GetLayerVersion", "GetLayerVersionByArn"),
        **{
            operation: (Ask(operation, {"function": ANYTHING}),)
            for operation in ("ListTags", "TagResource", "UntagResource")
        },
    },
    also={
        "CreateEventSourceMapping": (Ask("TagResource", {"eventSourceMapping": By()}, "Tags"),),
        "CreateFunction": (
            pass_role("Role", SERVICE, associated=_function),
            Ask("GetLayerVersion", {"layerVersion": By("Layers[]")}, "Layers[]"),
            Ask("TagResource", {"function": FUNCTION}, "Tags"),
        ),
        "UpdateFunctionConfiguration": (
            pass_role("Role", SERVICE, associated=_function),
            Ask("GetLayerVersion", {"layerVersion": By("Layers[]")}, "Layers[]"),
        ),
    },
    keys={
        "lambda:CodeSigningConfigArn": "CodeSigningConfigArn",
        "lambda:FunctionArn": _function_of,
        "lambda:FunctionUrlAuthType": _url_auth_type,
        "lambda:Layer": "Layers[]",
        "lambda:Principal": "Principal",
        "lambda:SecurityGroupIds": "VpcConfig.SecurityGroupIds[]",
        "lambda:SubnetIds": "VpcConfig.SubnetIds[]",
        "lambda:VpcIds": _vpcs,
    },
    across=frozenset(
        [
            "AddPermission",
            "CreateAlias",
            "DeleteAlias",
            "DeleteFunction",
            "DeleteFunctionConcurrency",
            "DeleteFunctionEventInvokeConfig",
            "GetAlias",
            "GetFunction",
            "GetFunctionConcurrency",
            "GetFunctionConfiguration",
            "GetFunctionEventInvokeConfig",
            "GetLayerVersion",
            "GetLayerVersionByArn",
            "GetPolicy",
            "Invoke",
            "InvokeAsync",
            "InvokeWithResponseStream",
            "ListAliases",
            "ListTags",
            "ListVersionsByFunction",
            "PublishVersion",
            "PutFunctionConcurrency",
            "PutFunctionEventInvokeConfig",
            "RemovePermission",
            "TagResource",
            "UntagResource",
            "UpdateAlias",
            "UpdateFunctionCode",
            "UpdateFunctionConfiguration",
            "UpdateFunctionEventInvokeConfig",
        ]
    ),
)
