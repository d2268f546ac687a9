from uuid import UUID

from forecourt import Model, fields


class Account(Model):
    name = fields.CharField(max_length=40)
    balance = fields.IntField(default=0)


class Posting(Model):
    """What was asked for under one key."""

    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField("tally.Account")
    account_id: UUID
    key = fields.CharField(max_length=40)
    amount = fields.IntField()
    number = fields.CharField(max_length=40)


class Echo(Model):
    """That the handler has heard of a posting; nothing but the kernel keeps it from being there twice."""

    posting_id: UUID = fields.UUIDField()


class Chore(Model):
    """That the job of a posting has been done; as above."""

    posting_id: UUID = fields.UUIDField()
