"""A module without cars: what the kernel's own tests stand on."""

from forecourt import Manifest

plugin = Manifest(name="library", version="1.0.0", api=">=1,<2", title={"en": "Library", "zh-CN": "图书馆"})
