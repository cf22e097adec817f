"""An index of what replaced something: few entries do, and the review of the trail looks at these alone."""

from django.db import migrations


class Migration(migrations.Migration):
    """One index."""

    dependencies = (("record", "0002_forms"),)
    operations = (
        migrations.RunSQL(
            "CREATE INDEX record_entry_changes ON record_entry (study, sequence) WHERE replaces > 0",
            "DROP INDEX record_entry_changes",
        ),
    )
