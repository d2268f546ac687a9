"""Files: what may be stored, where it lies, who may open it."""

from core.services.files.rules import Classification, FileRule
from core.services.files.storage import LocalFolder, Storage
from core.services.files.store import open_file, store_file

__all__ = ["Classification", "FileRule", "LocalFolder", "Storage", "open_file", "store_file"]
