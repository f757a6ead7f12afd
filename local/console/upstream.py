"""The API of the local cloud behind the page server: every call is signed, as the stage ``local`` wants it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from local.cloud import LOCAL_STAGE, Cloud
from local.errors import CloudError
from local.people import PersonUnusable, credentials_of
from local.settings import REGION

if TYPE_CHECKING:
    from botocore.credentials import Credentials

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
        self,
        pack: str,
        method: str,
        target: str,
        body: bytes | None,
        headers: Mapping[str, str],
        *,
        person: str = "",
        group: str = "",
    ) -> tuple[int, bytes]:
        """See ``Upstream.call``. A person who is not known is made."""
        url = self._url(pack) + target
        if not person:
            return self._signed(self._credentials, method, url, body, headers, pack)
        try:
            who = credentials_of(self._iam(), f"conclave-{LOCAL_STAGE}-{pack}-", person, group)
        except PersonUnusable as error:
            said = {"error": {"code": "person_unusable", "message": f"{error}; {error.advice}"}}
            return 400, json.dumps(said).encode()
        return self._signed(who, method, url, body, headers, pack)

    def _iam(self) -> Any:
        """An IAM client of the cloud, which is asked on loopback whatever proxy this machine has."""
        import botocore.session
        from botocore.config import Config

        known = self._credentials
        return botocore.session.get_session().create_client(
            "iam",
            REGION,
            endpoint_url=self._cloud.settings.endpoint,
            aws_access_key_id=known.access_key,
            aws_secret_access_key=known.secret_key,
            config=Config(proxies={}),
        )

    def _signed(
        self, who: Credentials, method: str, url: str, body: bytes | None, headers: Mapping[str, str], pack: str
    ) -> tuple[int, bytes]:
        from botocore.auth import SigV4Auth
        from botocore.awsrequest import AWSRequest
        from urllib3.exceptions import HTTPError

        request = AWSRequest(method=method, url=url, data=body, headers=dict(headers))
        SigV4Auth(who, "execute-api", REGION).add_auth(request)
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
