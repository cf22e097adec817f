"""What the database keeps of accounts beside Django's own table of users; only Django loads this file."""

from django.conf import settings
from django.db import models


class Card(models.Model):
    """What belongs to one account: who the person is, how that was verified, and the second factor."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, primary_key=True, related_name="card"
    )
    full_name = models.TextField(default="")
    identity = models.TextField(default="")
    password_at = models.DateTimeField(null=True)
    must_change = models.BooleanField(default=True)
    reset = models.BooleanField(default=False)
    persona = models.BooleanField(default=False)
    totp = models.TextField(default="")
    totp_step = models.BigIntegerField(default=0)
    recovery = models.TextField(default="")


class AccountEvent(models.Model):
    """One thing that happened to an account; a link of the home's chain of account events."""

    number = models.BigIntegerField(primary_key=True)
    at = models.TextField()
    kind = models.TextField()
    person = models.TextField()
    by = models.TextField()
    detail = models.TextField()
    previous = models.TextField()
    hash = models.TextField()


class Token(models.Model):
    """A token of the programming interface: whose it is, what it may do, until when; of itself only the digest."""

    digest = models.TextField(primary_key=True)
    person = models.TextField()
    label = models.TextField()
    study = models.TextField()
    capabilities = models.TextField()
    made_at = models.DateTimeField()
    until = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
