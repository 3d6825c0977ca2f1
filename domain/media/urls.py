"""URLs of public objects on the media host: permanent, or signed with an expiry.

A signature is that of nginx' ngx_http_secure_link_module, whose hash is MD5. It covers the folder of an upload and
precedes it in the path: relative names in a playlist use the playlist's own signature.

https://nginx.org/en/docs/http/ngx_http_secure_link_module.html
"""

import hashlib
from base64 import urlsafe_b64encode
from datetime import datetime
from functools import lru_cache


class Urls:
    """URLs of one media host. Without `key` they are not signed."""

    def __init__(self, base: str, key: str | None, seconds: int) -> None:
        """A signed URL is unchanged for `seconds`, so that clients can cache its content, and valid as long again."""
        self.base = base
        self.key = key
        self._seconds = seconds
        self._folder = lru_cache(10_000)(self._signed_folder)

    def of(self, path: str, now: datetime) -> str:
        """Return the URL of `token/file`."""
        if self.key is None:
            return f"{self.base}/{path}"
        token = path[:32]
        # Each upload has its own instants, otherwise all clients would fetch everything again at the same instant.
        moment = int(now.timestamp())
        expires = moment - (moment + int(token[:8], 16)) % self._seconds + 2 * self._seconds
        return self._folder(token, expires) + path

    def signature(self, token: str, expires: int) -> str:
        """Return the signature that opens the folder `token` until `expires`, in seconds since 1970."""
        text = f"{expires}{token} {self.key}".encode()
        return urlsafe_b64encode(hashlib.md5(text, usedforsecurity=False).digest()).decode().rstrip("=")

    def _signed_folder(self, token: str, expires: int) -> str:
        return f"{self.base}/s/{self.signature(token, expires)}/{expires}/"
