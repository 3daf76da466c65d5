"""The period that is proposed with a version of a contract, which both sides agree to together with its content."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("records", "0010_data")]

    operations = [
        migrations.AddField("contractversion", "starts_on", models.DateField(null=True)),
        migrations.AddField("contractversion", "ends_on", models.DateField(null=True)),
    ]
