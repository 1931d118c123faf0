from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('quality_store', '0010_peers'),
    ]

    operations = [
        migrations.AddField(
            model_name='goldpolicy',
            name='lazy',
            field=models.FloatField(default=0.3, help_text='How often prefilled answers are accepted unlooked at, 0-1.'),
        ),
    ]
