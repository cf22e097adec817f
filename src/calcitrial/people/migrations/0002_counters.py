"""The table of counts (wrong links, enquiries) that all processes of a server add up together; it is Django's own."""

from typing import Any

from django.db import migrations

KINDS = {"sqlite": "datetime", "postgresql": "timestamp with time zone"}


def make_table(apps: Any, schema_editor: Any) -> None:
    kind = KINDS[schema_editor.connection.vendor]
    columns = f"cache_key varchar(255) PRIMARY KEY, value text NOT NULL, expires {kind} NOT NULL"
    schema_editor.execute(f"CREATE TABLE people_counter ({columns})", params=None)
    schema_editor.execute("CREATE INDEX people_counter_expires ON people_counter (expires)", params=None)


def drop_table(apps: Any, schema_editor: Any) -> None:
    schema_editor.execute("DROP TABLE people_counter", params=None)


class Migration(migrations.Migration):
    dependencies = [("people", "0001_people")]
    operations = [migrations.RunPython(make_table, drop_table)]
