"""Which actions leave an event where a trail records management events alone.

What is done in a resource (an object, a table's rows, a stream's records) is a data event, which a
trail leaves out unless told. Some actions leave no event at all: connections, and what a service
does by itself with somebody's permission. Neither can be called unused because no event is there.

AWS: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-data-events-with-cloudtrail.html
"""

from __future__ import annotations

from functools import lru_cache

DATA_ACTIONS = {
    "appconfig": "GetLatestConfiguration StartConfigurationSession",
    "appsync": "EventConnect EventPublish EventSubscribe GraphQL",
    "aps": "GetLabels GetMetricMetadata GetSeries QueryMetrics RemoteWrite",
    "bedrock": """ApplyGuardrail GetAsyncInvoke InvokeAgent InvokeFlow InvokeInlineAgent
        ListAsyncInvokes Retrieve RetrieveAndGenerate""",
    "cassandra": "GetRecords GetShardIterator Modify ModifyMultiRegionResource Select "
    "SelectMultiRegionResource",
    "cloudfront-keyvaluestore": "DeleteKey DescribeKeyValueStore GetKey ListKeys PutKey UpdateKeys",
    "cloudtrail-data": "PutAuditEvents",
    "cloudwatch": "GetMetricData GetMetricWidgetImage",
    "cognito-identity": """GetCredentialsForIdentity GetId GetOpenIdToken
        GetOpenIdTokenForDeveloperIdentity UnlinkIdentity""",
    "dsql": "DbConnect DbConnectAdmin",
    "dynamodb": """BatchGetItem BatchWriteItem ConditionCheckItem DeleteItem GetItem PartiQLDelete
        PartiQLInsert PartiQLSelect PartiQLUpdate PutItem Query Scan UpdateItem GetRecords
        GetShardIterator""",
    "ebs": "GetSnapshotBlock ListChangedBlocks ListSnapshotBlocks PutSnapshotBlock",
    "ec2-instance-connect": "OpenTunnel",
    "firehose": "PutRecord PutRecordBatch",
    "iot": "DeleteThingShadow GetThingShadow UpdateThingShadow",
    "kendra-ranking": "Rescore",
    "kinesis": "GetRecords GetShardIterator PutRecord PutRecords SubscribeToShard",
    "kinesisvideo": "GetMedia PutMedia",
    "lambda": "InvokeFunction InvokeAsync InvokeFunctionUrl",
    "managedblockchain": "GET POST",
    "neptune-graph": "DeleteDataViaQuery ReadDataViaQuery WriteDataViaQuery",
    "qbusiness": "Chat ChatSync",
    "rds-data": """BatchExecuteStatement BeginTransaction CommitTransaction ExecuteSql
        ExecuteStatement RollbackTransaction""",
    "rum": "PutRumEvents",
    "s3": """AbortMultipartUpload BypassGovernanceRetention DeleteObject DeleteObjectAnnotation
        DeleteObjectTagging DeleteObjectVersion DeleteObjectVersionAnnotation
        DeleteObjectVersionTagging GetObject GetObjectAcl GetObjectAnnotation GetObjectAttributes
        GetObjectLegalHold GetObjectRetention GetObjectTagging GetObjectTorrent GetObjectVersion
        GetObjectVersionAcl GetObjectVersionAnnotation GetObjectVersionAttributes
        GetObjectVersionForReplication GetObjectVersionTagging GetObjectVersionTorrent ListBucket
        ListBucketMultipartUploads ListBucketVersions ListMultipartUploadParts
        ListObjectAnnotations ListObjectVersionAnnotations PutObject PutObjectAcl
        PutObjectAnnotation PutObjectLegalHold PutObjectRetention PutObjectTagging
        PutObjectVersionAcl PutObjectVersionAnnotation PutObjectVersionTagging RestoreObject
        UpdateObjectEncryption""",
    "s3-object-lambda": """AbortMultipartUpload DeleteObject DeleteObjectTagging
        DeleteObjectVersion DeleteObjectVersionTagging GetObject GetObjectAcl GetObjectLegalHold
        GetObjectRetention GetObjectTagging GetObjectVersion GetObjectVersionAcl
        GetObjectVersionTagging ListBucket ListBucketMultipartUploads ListBucketVersions
        ListMultipartUploadParts PutObject PutObjectAcl PutObjectLegalHold PutObjectRetention
        PutObjectTagging PutObjectVersionAcl PutObjectVersionTagging RestoreObject
        WriteGetObjectResponse""",
    "s3-outposts": """AbortMultipartUpload DeleteObject DeleteObjectTagging DeleteObjectVersion
        DeleteObjectVersionTagging GetObject GetObjectTagging GetObjectVersion
        GetObjectVersionForReplication GetObjectVersionTagging ListBucket
        ListBucketMultipartUploads ListBucketVersions ListMultipartUploadParts PutObject
        PutObjectAcl PutObjectTagging PutObjectVersionTagging""",
    "s3express": "CreateSession",
    "sagemaker": """BatchGetMetrics BatchGetRecord BatchPutMetrics DeleteRecord GetRecord
        InvokeEndpoint InvokeEndpointAsync InvokeEndpointWithResponseStream PutRecord""",
    "sdb": "BatchDeleteAttributes BatchPutAttributes DeleteAttributes GetAttributes PutAttributes "
    "Select",
    "servicediscovery": "DiscoverInstances DiscoverInstancesRevision",
    "ses": """SendBulkEmail SendBulkTemplatedEmail SendCustomVerificationEmail SendEmail
        SendRawEmail SendTemplatedEmail""",
    "sms-voice": "SendMediaMessage SendTextMessage SendVoiceMessage",
    "sns": "Publish",
    "sqs": "ChangeMessageVisibility DeleteMessage ReceiveMessage SendMessage",
    "ssmmessages": "CreateControlChannel CreateDataChannel OpenControlChannel OpenDataChannel",
    "states": """GetActivityTask InvokeHTTPEndpoint SendTaskFailure SendTaskHeartbeat
        SendTaskSuccess StartSyncExecution""",
    "swf": """PollForActivityTask PollForDecisionTask RecordActivityTaskHeartbeat
        RespondActivityTaskCanceled RespondActivityTaskCompleted RespondActivityTaskFailed
        RespondDecisionTaskCompleted""",
    "timestream": "Select WriteRecords",
    "verifiedpermissions": """IsAuthorized
        IsAuthorizedWithToken""",
    "xray": """BatchGetTraces GetTraceGraph GetTraceSummaries PutTelemetryRecords
        PutTraceSegments""",
}
"""Service prefix → actions whose use is recorded in data events only."""

_NEVER = {
    "aoss": "APIAccessAll DashboardsAccessAll",
    "cloudwatch": "PutMetricData",
    "dax": """BatchGetItem BatchWriteItem ConditionCheckItem DeleteItem GetItem PutItem Query Scan
        UpdateItem""",
    "ec2messages": """AcknowledgeMessage DeleteMessage FailMessage GetEndpoint GetMessages
        SendReply""",
    "elasticache": "Connect",
    "elasticfilesystem": "ClientMount ClientRootAccess ClientWrite",
    "es": """ESCrossClusterGet ESHttpDelete ESHttpGet ESHttpHead ESHttpPatch ESHttpPost
        ESHttpPut""",
    "events": "PutEvents",
    "execute-api": "InvalidateCache Invoke ManageConnections",
    "iam": "PassRole",
    "iot": "Connect Publish Receive RetainPublish Subscribe",
    "kafka-cluster": """AlterCluster AlterClusterDynamicConfiguration AlterGroup AlterTopic
        AlterTopicDynamicConfiguration AlterTransactionalId Connect CreateTopic DeleteGroup
        DeleteTopic DescribeCluster DescribeClusterDynamicConfiguration DescribeGroup
        DescribeTopic DescribeTopicDynamicConfiguration DescribeTransactionalId ReadData
        WriteData WriteDataIdempotently""",
    "logs": "PutLogEvents",
    "memorydb": "Connect",
    "neptune-db": "DeleteDataViaQuery ReadDataViaQuery WriteDataViaQuery connect",
    "rds-db": "connect",
    "s3": """GetObjectVersionAnnotationForReplication InitiateReplication
        ObjectOwnerOverrideToBucketOwner ReplicateDelete ReplicateObject ReplicateObjectAnnotation
        ReplicateTags""",
    "s3-outposts": "ReplicateDelete ReplicateObject ReplicateTags",
    "ssm": "GetManifest",
    "vpc-lattice-svcs": "Connect Invoke",
}


def _full(table: dict[str, str]) -> frozenset[str]:
    return frozenset(f"{prefix}:{name}" for prefix, ns in table.items() for name in ns.split())


NEVER_LOGGED = _full(_NEVER)
"""Actions of which CloudTrail keeps no event of that name."""


def is_data_action(action: str) -> bool:
    """Whether an action's use is recorded in data events only.

    >>> is_data_action("s3:GetObject"), is_data_action("s3:CreateBucket")
    (True, False)
    """
    return action in _data_actions()


@lru_cache(maxsize=1)
def _data_actions() -> frozenset[str]:
    return _full(DATA_ACTIONS)
