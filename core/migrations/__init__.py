"""One history of migrations per module, kept by tortoise's operations and applied by our own editors.

`makemigrations` writes what is missing between models and migrations, `migrate` applies it to a database, `pending`
says what is to be applied, `fresh.drift` compares a database with the models. A migration's file names tortoise's
operations and fields and the SDK's indexes only, so that it outlives the code that it was made from.
"""
