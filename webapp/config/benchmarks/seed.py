"""Fills a benchmark's database: written in SQL, because a hundred thousand tasks are the point and imports are not."""

import io
import os
import secrets
from pathlib import Path

import numpy as np
import psycopg
from PIL import Image as Pillow

PICTURES = 64  # different pictures; every image row has a file name of its own, linked to one of them

SEED = """
INSERT INTO projects_project (slug, title, summary, kind, state, prompt, guideline, debrief, round_size, redundancy,
    lease_seconds, assist, percent_done, ethics_reference, data_licence, common_path)
VALUES ('benchmark', 'Benchmark', '', 'class', 'open', 'Which one is it?', '', '', 10, 5,
    900, false, 0, 'none', 'none', '{}');
INSERT INTO projects_label (project_id, key, name, colour, shortcut, position)
SELECT p.id, l.key, l.key, '#2f6fde', '', 0 FROM projects_project p, (VALUES ('one'), ('two')) AS l(key);
INSERT INTO images_image (id, project_id, file, width, height, markers)
SELECT gen_random_uuid(), p.id, f.name, 96, 96, '' FROM projects_project p, benchmark_files f;
INSERT INTO tasks_task (id, project_id, image_id) SELECT gen_random_uuid(), project_id, id FROM images_image;
INSERT INTO quality_store_taskstate (task_id, project_id, state, target, counted, held, stale, draw)
SELECT id, project_id, 'waiting', 5, 0, 0, 0, random() FROM tasks_task;
INSERT INTO quality_store_goldtruth (task_id, project_id, state, origin, answer, probability)
SELECT id, project_id, 'approved', 'expert', '{"kind": "class", "label": "one"}', 1
FROM tasks_task ORDER BY random() LIMIT (SELECT count(*) / 5 FROM tasks_task);
ANALYZE;
"""


def seed(database_url: str, home: Path, *, tasks: int) -> None:
    """A class project with `tasks` tasks, a fifth of them gold, and a picture file for each."""
    names = _pictures(home / "pictures", tasks)
    with psycopg.connect(database_url) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE benchmark_files (name text)")
        with cursor.copy("COPY benchmark_files FROM STDIN") as copy:
            for name in names:
                copy.write_row((name,))
        cursor.execute(SEED)


def _pictures(folder: Path, count: int) -> list[str]:
    """`count` file names for `PICTURES` pictures: hard links, so that the disk holds few of them."""
    for start in range(256):
        (folder / f"{start:02x}").mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(1)
    names = [f"{secrets.token_hex(16)}.webp" for _ in range(count)]
    for index, name in enumerate(names):
        if index < PICTURES:
            buffer = io.BytesIO()
            level = rng.integers(0, 256, (12, 12, 3), dtype=np.uint8)
            Pillow.fromarray(level).resize((96, 96), Pillow.Resampling.BICUBIC).save(buffer, "WEBP", quality=88)
            (folder / name[:2] / name).write_bytes(buffer.getvalue())
        else:
            first = names[index % PICTURES]
            os.link(folder / first[:2] / first, folder / name[:2] / name)
    return names
