"""Debian's nginx with docs/operations/nginx-edge.conf, as it stands there: an edge for tests and benches."""

import os
import re
import shutil
from pathlib import Path

from embedded.process import Process, answers, free_port

CONFIGURATION = Path(__file__).parents[1] / "docs" / "operations" / "nginx-edge.conf"
NGINX = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
PURGE_MODULE = Path("/usr/lib/nginx/modules/ngx_http_cache_purge_module.so")
MISSING = None if NGINX and PURGE_MODULE.exists() else "nginx and its module cache-purge are not installed"
_OPTIONAL = re.compile(r"^ *# Without HELIOGRAPH_MEDIA_KEY.*?# end\n", re.DOTALL | re.MULTILINE)
_ORIGIN = re.compile(r"# With the bucket as origin: (.*\n) *proxy_pass .*\n")
_MAIN = """
load_module {module};
{user}
# One process, since the kernel ends no more than one with us: workers outlive a master that is killed.
master_process off;
pid {folder}/pid;
error_log stderr warn;
events {{ worker_connections 1024; }}
http {{
    log_format status $upstream_cache_status;
    access_log {folder}/access.log status;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/edge.conf;
}}
"""


class Nginx:
    """An edge with a cache in `folder`. Of its `port` clients know, of its `purge_port` the workers."""

    def __init__(self, folder: Path, key: str | None = None, workers: str = "127.0.0.1") -> None:
        self.port, self.purge_port = free_port(), free_port()
        self._folder, self._key, self._workers = folder, key, workers
        command = [str(NGINX), "-c", f"{folder}/nginx.conf", "-e", "stderr", "-g", "daemon off;"]
        self.process = Process("nginx", lambda: command, folder / "nginx.log")

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
        for name, value in {
            "CACHE_FOLDER": f"{self._folder}/cache",
            "CACHE_SIZE": "1g",
            "PURGE_LISTEN": f"127.0.0.1:{self.purge_port}",
            "LISTEN": f"127.0.0.1:{self.port}",
            "MEDIA_HOST": "_",
            "ORIGIN": f"127.0.0.1:{origin_port}",
            "MEDIA_KEY": self._key or "",
            "BUCKET": bucket or "",
            "WORKERS": self._workers,
        }.items():
            text = text.replace(f"@{name}@", value)
        (self._folder / "edge.conf").write_text(text)
        user = "user root;" if os.getuid() == 0 else ""
        main = _MAIN.format(folder=self._folder, module=PURGE_MODULE, user=user)
        (self._folder / "nginx.conf").write_text(main)
        self.process.start()
        self.process.wait_until(lambda: answers(self.port) and answers(self.purge_port), 10)
