"""An index by form: what all participants have of one form is asked for on every page (who may do what, locks)."""

from django.db import migrations


class Migration(migrations.Migration):
    """One index on the table of current values."""

    dependencies = (("record", "0001_record"),)
    operations = (
        migrations.RunSQL(
            "CREATE INDEX record_current_form ON record_current (study, form)", "DROP INDEX record_current_form"
        ),
    )
