"""Who wrote which section of a specification, so that none of them approves it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("records", "0006_engagement")]

    operations = [
        migrations.AddField(model_name="spec", name="writers", field=models.JSONField(default=list)),
    ]
