"""Figures of the assist for whoever watches the machines: how long it takes, how it ends.

Served by the gpu worker on `GOLDVEIN_METRICS_PORT`, to the local machine only, in Prometheus' text format. Nothing here
has a label that tells one picture or one person from another.
"""

from prometheus_client import Counter, Histogram, start_http_server

BUCKETS = (0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30)
ANSWERS = Counter("goldvein_assist_answers", "Prompts answered.", ["outcome"])
ANSWER_SECONDS = Histogram("goldvein_assist_answer_seconds", "From the prompt's turn to its mask.", buckets=BUCKETS)
ENCODE_SECONDS = Histogram("goldvein_assist_encode_seconds", "Making one embedding.", buckets=BUCKETS)


def serve(port: int) -> None:
    """Serve the figures on 127.0.0.1:`port` from a thread of their own."""
    start_http_server(port, addr="127.0.0.1")
