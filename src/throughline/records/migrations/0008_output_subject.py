"""What the release put into production when an output of it was shown."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("records", "0007_spec_writers")]

    operations = [
        migrations.AddField(
            model_name="output",
            name="subject",
            field=models.CharField(blank=True, default="", max_length=300),
            preserve_default=False,
        ),
    ]
