"""What an attack that starts machines needs to know."""

from __future__ import annotations

from typing import Any


def amazon_image(ec2: Any) -> str:
    """The id of one of Amazon's own images for Intel's machines, as ``ec2`` sees them."""
    filters = [
        {"Name": "name", "Values": ["amzn2-ami-hvm-*"]},
        {"Name": "architecture", "Values": ["x86_64"]},
    ]
    images = ec2.describe_images(Owners=["amazon"], Filters=filters)["Images"]
    return str(images[0]["ImageId"])
