"""A module that extends another one's types, filters, orders and inputs."""

from forecourt import Manifest

plugin = Manifest(
    name="bookclub", version="1.0.0", api=">=1,<2", title={"en": "Book club", "zh-CN": "读书会"}, requires=["library"]
)
