"""The Celery application. Queues: `work` (imports, exports, upkeep) and `gpu` (inference, synthesis)."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "webapp.config.settings")

app = Celery("goldvein")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
