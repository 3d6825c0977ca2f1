"""Debian's nginx with the configurations of docs/operations, as they stand there, for tests and benches.

nginx-edge.conf makes it an edge for media, nginx-api.conf a reverse proxy for the API.
"""

import os
import re
import shutil
from pathlib import Path

from embedded.process import Process, answers, free_port

_FOLDER = Path(__file__).parents[1] / "docs" / "operations"
CONFIGURATION = _FOLDER / "nginx-edge.conf"
API_CONFIGURATION = _FOLDER / "nginx-api.conf"
NGINX = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
PURGE_MODULE = Path("/usr/lib/nginx/modules/ngx_http_cache_purge_module.so")
MISSING = None if NGINX and PURGE_MODULE.exists() else "nginx and its module cache-purge are not installed"
_OPTIONAL = re.compile(r"^ *# Without HELIOGRAPH_MEDIA_KEY.*?# end\n", re.DOTALL | re.MULTILINE)
_ORIGIN = re.compile(r"# With the bucket as origin: (.*\n) *proxy_pass .*\n")
_CLIENT_TIMEOUT = re.compile(r"\b(client_header_timeout|client_body_timeout) \w+;")
_MAIN = """
{module}
{user}
# One process, since the kernel ends no more than one with us: workers outlive a master that is killed.
master_process off;
pid {folder}/pid;
error_log stderr warn;
events {{ worker_connections 8192; }}
worker_rlimit_nofile 16384;
http {{
    log_format status $upstream_cache_status;
    access_log {folder}/access.log status;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/site.conf;
}}
"""


def _write(folder: Path, site: str, values: dict[str, str], module: str = "") -> None:
    """The whole configuration: `site` with its placeholders replaced, in what makes it one process in `folder`."""
    for name, value in values.items():
        site = site.replace(f"@{name}@", value)
    (folder / "site.conf").write_text(site)
    user = "user root;" if os.getuid() == 0 else ""
    (folder / "nginx.conf").write_text(_MAIN.format(folder=folder, module=module, user=user))


def _command(folder: Path) -> list[str]:
    return [str(NGINX), "-c", f"{folder}/nginx.conf", "-e", "stderr", "-g", "daemon off;"]


class ApiProxy:
    """A reverse proxy for the API on `port`, with its files in `folder`."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self._folder = folder
        self.process = Process("nginx", lambda: _command(folder), folder / "nginx.log")

    def start(
        self,
        api_port: int,
        *,
        max_conns: int,
        max_conns_of_address: int,
        max_streams: int = 10_000,
        origin: str = "https://none",
        client_timeout_s: int | None = None,
    ) -> None:
        """Start it in front of a web process on `api_port`. `client_timeout_s` is for slow senders."""
        values = {
            "LISTEN": f"127.0.0.1:{self.port}",
            "API": f"127.0.0.1:{api_port}",
            "API_HOST": "_",
            "MAX_CONNS_OF_ADDRESS": str(max_conns_of_address),
            "MAX_CONNS": str(max_conns),
            "MAX_STREAMS": str(max_streams),
            "ORIGIN": origin,
        }
        self._folder.mkdir(parents=True, exist_ok=True)
        site = API_CONFIGURATION.read_text()
        if client_timeout_s is not None:
            site = _CLIENT_TIMEOUT.sub(rf"\1 {client_timeout_s}s;", site)
        _write(self._folder, site, values)
        self.process.start()
        self.process.wait_until(lambda: answers(self.port), 10)


class Nginx:
    """An edge with a cache in `folder`. Of its `port` clients know, of its `purge_port` the workers."""

    def __init__(self, folder: Path, key: str | None = None, workers: str = "127.0.0.1") -> None:
        self.port, self.purge_port = free_port(), free_port()
        self._folder, self._key, self._workers = folder, key, workers
        self.process = Process("nginx", lambda: _command(folder), folder / "nginx.log")

    @property
    def url(self) -> str:
        """What is `HELIOGRAPH_MEDIA_URL` where this is the edge."""
        return f"http://127.0.0.1:{self.port}/media"

    @property
    def purge_url(self) -> str:
        """What is `HELIOGRAPH_PURGE_URL`."""
        return f"http://127.0.0.1:{self.purge_port}"

    @property
    def statuses(self) -> list[str]:
        """HIT, MISS and their like, of every answer so far."""
        return (self._folder / "access.log").read_text().split()

    def start(self, origin_port: int, bucket: str | None = None) -> None:
        """Start it, or start it again, in front of a web process on `origin_port`, or of a store and its bucket."""
        self.process.stop()
        text = CONFIGURATION.read_text()
        if self._key is None:
            text = _OPTIONAL.sub("", text)
        if bucket is not None:
            text = _ORIGIN.sub(r"\1", text)
        values = {
            "CACHE_FOLDER": f"{self._folder}/cache",
            "CACHE_SIZE": "1g",
            "PURGE_LISTEN": f"127.0.0.1:{self.purge_port}",
            "LISTEN": f"127.0.0.1:{self.port}",
            "MEDIA_HOST": "_",
            "ORIGIN": f"127.0.0.1:{origin_port}",
            "MEDIA_KEY": self._key or "",
            "BUCKET": bucket or "",
            "WORKERS": self._workers,
        }
        _write(self._folder, text, values, f"load_module {PURGE_MODULE};")
        self.process.start()
        self.process.wait_until(lambda: answers(self.port) and answers(self.purge_port), 10)
