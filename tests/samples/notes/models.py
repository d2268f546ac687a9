from forecourt import Model, fields


class Note(Model):
    """Something to remember."""

    text = fields.CharField(max_length=200)
