"""Figures of the assist for whoever watches the machines: how long it takes, how it ends.

Served by the gpu worker on `GOLDVEIN_METRICS_PORT`, to the local machine only, in Prometheus' text format; `figures.py`
brings them to the staff's page. Nothing here has a label that tells one picture or one person from another.
"""

from prometheus_client import Counter, Gauge, Histogram, start_http_server

BUCKETS = (0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30)
ANSWERS = Counter("goldvein_assist_answers", "Prompts answered.", ["outcome"])
DECODE_SECONDS = Histogram("goldvein_assist_decode_seconds", "Decoding one batch of prompts.", buckets=BUCKETS)
BATCH_SIZE = Histogram("goldvein_assist_batch_size", "Prompts decoded together.", buckets=(1, 2, 4, 8, 16, 32, 64))
EMBEDDINGS = Counter("goldvein_assist_embeddings", "Embeddings asked for: made now, or at hand.", ["found"])
WAITING = Gauge("goldvein_assist_waiting", "Prompts that wait for the engine.")
DROPPED = Counter("goldvein_assist_dropped", "Prompts dropped before any work.", ["why"])
ENCODE_SECONDS = Histogram("goldvein_assist_encode_seconds", "Making one embedding.", buckets=BUCKETS)


def serve(port: int) -> None:
    """Serve the figures on 127.0.0.1:`port` from a thread of their own."""
    start_http_server(port, addr="127.0.0.1")
