"""The figures behind a page or a plot, as a file that any program reads."""

import csv
from collections.abc import Iterable, Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse


def wants_csv(request: HttpRequest) -> bool:
    return request.GET.get("format") == "csv"


def csv_reply(name: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> HttpResponse:
    """`rows` under `columns` as NAME.csv; what is not known is left empty."""
    reply = HttpResponse(content_type="text/csv; charset=utf-8")
    reply["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    writer = csv.writer(reply)
    writer.writerow(columns)
    writer.writerows(["" if value is None else value for value in row] for row in rows)
    return reply
