"""The files that describe AWS's services to botocore, read with less time and memory.

botocore keeps their 240,000 tables as ``OrderedDict``, which was needed before a plain dict kept
its order. Plain ones take a third less memory, in every kernel of a class, and are read faster.
"""

from __future__ import annotations

import gzip
import json
import os
from typing import Any

from botocore.loaders import JSONFileLoader


class PlainFiles(JSONFileLoader):
    """Reads what botocore's own reader does, into plain dicts.

    >>> import botocore.loaders
    >>> loader = botocore.loaders.create_loader()
    >>> loader.file_loader = PlainFiles()
    >>> type(loader.load_service_model("sts", "service-2")["operations"])
    <class 'dict'>
    """

    def load_file(self, file_path: str) -> Any | None:
        """What the file holds, or None where it is not there; its path comes without an ending."""
        for ending, opened in ((".json", open), (".json.gz", gzip.open)):
            if os.path.isfile(file_path + ending):
                with opened(file_path + ending, "rb") as file:
                    return json.loads(file.read())
        return None
