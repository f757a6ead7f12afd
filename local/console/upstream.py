"""The API of the local cloud behind the page server: every call is signed, as the stage ``local`` wants it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from local.cloud import LOCAL_STAGE, Cloud
from local.errors import CloudError
from local.settings import REGION

CONNECT_SECONDS, READ_SECONDS = 2.0, 35.0


class SignedApi:
    """The API of each pack that is deployed to a local cloud.

    Args:
        cloud: The cloud.
        first: The pack that a person is offered first, if it is deployed.
    """

    def __init__(self, cloud: Cloud, first: str = "") -> None:
        import urllib3
        from botocore.credentials import Credentials

        self._cloud = cloud
        self._first = first
        known = cloud.settings.credentials
        self._credentials = Credentials(known["AWS_ACCESS_KEY_ID"], known["AWS_SECRET_ACCESS_KEY"])
        self._pool = urllib3.PoolManager(
            maxsize=8, retries=False, timeout=urllib3.Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS)
        )
        self._urls: dict[str, str] = {}

    def packs(self) -> Sequence[str]:
        """See ``Upstream.packs``."""
        return sorted(self._cloud.status().packs, key=lambda name: (name != self._first, name))

    def call(
        self, pack: str, method: str, target: str, body: bytes | None, headers: Mapping[str, str]
    ) -> tuple[int, bytes]:
        """See ``Upstream.call``."""
        from botocore.auth import SigV4Auth
        from botocore.awsrequest import AWSRequest
        from urllib3.exceptions import HTTPError

        request = AWSRequest(method=method, url=self._url(pack) + target, data=body, headers=dict(headers))
        SigV4Auth(self._credentials, "execute-api", REGION).add_auth(request)
        try:
            answer = self._pool.request(method, str(request.url), body=body, headers=dict(request.headers.items()))
        except HTTPError as error:
            self._urls.pop(pack, None)
            raise ConnectionError("the local cloud does not answer; run: conclave up") from error
        return answer.status, answer.data

    def _url(self, pack: str) -> str:
        if pack not in self.packs():
            raise ConnectionError(f"the pack {pack[:40]!r} is not deployed; run: conclave up --pack <pack>")
        if pack not in self._urls:
            try:
                deployed = urlsplit(self._cloud.outputs(LOCAL_STAGE, pack)["ApiUrl"])
            except CloudError as error:
                raise ConnectionError(str(error)) from error
            api_id = (deployed.hostname or "").partition(".")[0]
            endpoint = self._cloud.settings.endpoint
            self._urls[pack] = f"{endpoint}/restapis/{api_id}{deployed.path.rstrip('/')}/_user_request_"
        return self._urls[pack]
