"""Fills a benchmark's database: written in SQL, because a hundred thousand tasks are the point and imports are not."""

import io
import json
import os
import secrets
from pathlib import Path

import numpy as np
import psycopg
from PIL import Image as Pillow

from quality.domain.masks import encode

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
INSERT INTO quality_store_taskstate (task_id, project_id, state, target, by_rule, counted, held, stale, draw)
SELECT id, project_id, 'waiting', 5, true, 0, 0, 0, random() FROM tasks_task;
INSERT INTO quality_store_goldtruth (task_id, project_id, state, origin, answer, probability)
SELECT id, project_id, 'approved', 'expert', '{"kind": "class", "label": "one"}', 1
FROM tasks_task ORDER BY random() LIMIT (SELECT count(*) / 5 FROM tasks_task);
ANALYZE;
"""


SEED_MASKS = """
INSERT INTO projects_project (slug, title, summary, kind, state, prompt, guideline, debrief, round_size, redundancy,
    lease_seconds, assist, percent_done, ethics_reference, data_licence, common_path)
VALUES ('benchmark-masks', 'Benchmark masks', '', 'mask', 'closed', 'Where is it?', '', '', 10, 5,
    900, false, 100, 'none', 'CC0-1.0', '{}');
INSERT INTO projects_label (project_id, key, name, colour, shortcut, position)
SELECT id, 'organ', 'organ', '#2f6fde', '', 0 FROM projects_project WHERE slug = 'benchmark-masks';
CREATE TEMPORARY TABLE made AS SELECT gen_random_uuid() AS image, gen_random_uuid() AS task, name, answer
FROM benchmark_masks;
INSERT INTO images_image (id, project_id, file, width, height, markers)
SELECT m.image, p.id, m.name, %(side)s, %(side)s, '' FROM projects_project p, made m WHERE slug = 'benchmark-masks';
INSERT INTO images_source (image_id, project_id, key, name, "group", original, width, height, scale, flips,
    perceptual_hash, burned_in, pipeline, provenance, imported_at)
SELECT m.image, p.id, m.name, m.name, '', '', %(side)s, %(side)s, 1, '', '', 'clear', '{}', '{}', now()
FROM projects_project p, made m WHERE slug = 'benchmark-masks';
INSERT INTO tasks_task (id, project_id, image_id, label_id)
SELECT m.task, p.id, m.image, l.id FROM made m, projects_project p JOIN projects_label l ON l.project_id = p.id
WHERE slug = 'benchmark-masks';
INSERT INTO quality_store_taskstate (task_id, project_id, state, target, by_rule, counted, held, stale, draw)
SELECT m.task, p.id, 'done', 5, true, 5, 0, 0, random() FROM projects_project p, made m WHERE slug = 'benchmark-masks';
INSERT INTO quality_store_consensus (task_id, project_id, source, answer, probabilities, uncertainty, votes, method,
    version, updated_at)
SELECT m.task, p.id, 'crowd', m.answer, '{}', 0.1, '[]', 'benchmark', 1, now()
FROM projects_project p, made m WHERE slug = 'benchmark-masks';
ANALYZE;
"""
SIDE = 256  # px of the pictures whose masks are exported


def seed_masks(database_url: str, *, masks: int) -> None:
    """A finished mask project, `benchmark-masks`, with a consensus for each of its `masks` tasks; without pictures."""
    rng = np.random.default_rng(2)
    rows, columns = np.mgrid[:SIDE, :SIDE]
    answers = []
    for _ in range(PICTURES):
        (y, x), (a, b) = rng.uniform(80, 176, 2), rng.uniform(20, 70, 2)
        rle = encode(((rows - y) / a) ** 2 + ((columns - x) / b) ** 2 < 1)
        answers.append(json.dumps({"kind": "mask", "rle": rle}))
    with psycopg.connect(database_url, cursor_factory=psycopg.ClientCursor) as connection:
        cursor = connection.cursor()
        cursor.execute("CREATE TEMPORARY TABLE benchmark_masks (name text, answer jsonb)")
        with cursor.copy("COPY benchmark_masks FROM STDIN") as copy:
            for index in range(masks):
                copy.write_row((f"{secrets.token_hex(16)}.webp", answers[index % PICTURES]))
        cursor.execute(SEED_MASKS, {"side": SIDE})


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
