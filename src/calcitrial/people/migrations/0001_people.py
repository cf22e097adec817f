"""The tables of accounts, and the triggers that keep account events as they were written."""

from typing import Any

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

REFUSAL = "account events are append-only"


def refuse_changes(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            schema_editor.execute(
                f"CREATE TRIGGER people_accountevent_{verb.lower()} BEFORE {verb} ON people_accountevent"
                f" BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END",
                params=None,
            )
        return
    schema_editor.execute(
        "CREATE FUNCTION people_refuse() RETURNS trigger LANGUAGE plpgsql AS $$"
        f" BEGIN RAISE EXCEPTION '{REFUSAL}'; END $$",
        params=None,
    )
    schema_editor.execute(
        "CREATE TRIGGER people_accountevent_change BEFORE UPDATE OR DELETE OR TRUNCATE ON people_accountevent"
        " EXECUTE FUNCTION people_refuse()",
        params=None,
    )


class Migration(migrations.Migration):
    initial = True
    dependencies = [migrations.swappable_dependency(settings.AUTH_USER_MODEL)]
    operations = [
        migrations.CreateModel(
            name="AccountEvent",
            fields=[
                ("number", models.BigIntegerField(primary_key=True, serialize=False)),
                *((name, models.TextField()) for name in ("at", "kind", "person", "by", "detail", "previous", "hash")),
            ],
        ),
        migrations.CreateModel(
            name="Card",
            fields=[
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="card",
                        serialize=False,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("full_name", models.TextField(default="")),
                ("identity", models.TextField(default="")),
                ("password_at", models.DateTimeField(null=True)),
                ("must_change", models.BooleanField(default=True)),
                ("reset", models.BooleanField(default=False)),
                ("persona", models.BooleanField(default=False)),
                ("totp", models.TextField(default="")),
                ("totp_step", models.BigIntegerField(default=0)),
                ("recovery", models.TextField(default="")),
            ],
        ),
        migrations.CreateModel(
            name="Token",
            fields=[
                ("digest", models.TextField(primary_key=True, serialize=False)),
                *((name, models.TextField()) for name in ("person", "label", "study", "capabilities")),
                ("made_at", models.DateTimeField()),
                ("until", models.DateTimeField()),
                ("revoked_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.RunPython(refuse_changes),
    ]
