"""AWS Support: its actions have neither resources nor condition keys.

AWS: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssupport.html
"""

from __future__ import annotations

from helpers.lab.authorization.table import Table, same

TABLE = Table(
    rows={
        # Attachments by link: newer operations of older actions.
        **same("UploadAttachment", "CompleteAttachmentUpload", "GetAttachmentUploadLinks"),
        **same("DownloadAttachment", "GetAttachmentDownloadLink"),
        **same("DescribeAttachment", "DescribeAttachmentUploadStatus"),
    },
    silent=True,
)
