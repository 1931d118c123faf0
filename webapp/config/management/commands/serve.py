"""The embedded site: web, socket, clock and workers in one process."""

import contextlib
import logging
import os
import socket
import threading
from collections.abc import Callable
from typing import Any

import segno
import uvicorn
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from webapp.config.workers import embedded


def lan_address() -> str | None:
    """This machine's address on the local network, without sending anything."""
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))  # a documentation address: a datagram socket only picks the route
        address = probe.getsockname()[0]
        return None if address.startswith("127.") else address
    return None


class Server(uvicorn.Server):
    """Tells when it listens: an address that is printed earlier is refused to whoever is quick."""

    def __init__(self, config: uvicorn.Config, listening: Callable[[], None]) -> None:
        super().__init__(config)
        self._listening = listening

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._listening()


class Command(BaseCommand):
    help = "Serves the whole site from one process until Ctrl+C. Example: manage.py serve --host 0.0.0.0 --port 8000"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default=os.environ.get("HOST", "127.0.0.1"))
        parser.add_argument("--port", type=int, default=int(os.environ.get("PORT", "8000")))

    def handle(self, *, host: str, port: int, **options: Any) -> None:
        if settings.ROLE != "all":
            raise CommandError(f"serve is the embedded site and needs GOLDVEIN_ROLE=all; it is {settings.ROLE!r}.")
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError as error:
                raise CommandError(
                    f"Port {port} on {host} cannot be used ({error.strerror}); choose another: PORT=8010 make run."
                ) from None
        phone = lan_address() if host in {"0.0.0.0", "::"} else None
        if phone and phone not in settings.ALLOWED_HOSTS:
            settings.ALLOWED_HOSTS.append(phone)
        settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # empty here: the finders serve what is built
        stop = threading.Event()
        embedded(stop)
        config = uvicorn.Config(
            "webapp.config.asgi:application",
            host=host,
            port=port,
            log_level=logging.WARNING,
            access_log=False,
            lifespan="off",
            timeout_graceful_shutdown=5,
            server_header=False,
            ws_max_size=64 * 1024,
        )
        try:
            Server(config, lambda: self._announce(host, port, phone)).run()
        except KeyboardInterrupt:
            pass  # how it is meant to be stopped
        finally:
            stop.set()

    def _announce(self, host: str, port: int, phone: str | None) -> None:
        here = "127.0.0.1" if host in {"0.0.0.0", "::"} else host
        lines = [
            "",
            f"Goldvein is running:  http://{here}:{port}/",
            f"Staff pages:          http://{here}:{port}/staff/",
        ]
        password = settings.HOME / "staff-password.txt"
        if password.exists():
            name, _, secret = password.read_text().strip().partition(" ")
            lines.append(f"Staff login:          {name} / {secret}")
        self.stdout.write("\n".join(lines))
        if phone:
            address = f"http://{phone}:{port}/"
            self.stdout.write(f"Phones on this network: {address}")
            segno.make(address, error="m").terminal(compact=True)
        else:
            self.stdout.write("For phones on this network: HOST=0.0.0.0 make run")
        self.stdout.write("Stop with Ctrl+C.\n")
        self.stdout.flush()
