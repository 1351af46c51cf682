"""JupyterHub의 서비스로 돌 때: 어디에서 들을지, 누구인지 Hub에 묻기."""

import json
from typing import NamedTuple
from urllib.parse import urlsplit

from tornado.httpclient import AsyncHTTPClient, HTTPClientError, HTTPRequest


class Hub(NamedTuple):
    """Hub가 서비스에게 알려 준 것.

    Attributes:
        ip, port: 들을 곳. Hub의 프록시가 여기로 보냅니다.
        prefix: 주소 앞에 붙는 길. 예: ``"/services/board"``.
        api: Hub의 API 주소.
    """

    ip: str
    port: int
    prefix: str
    api: str

    @classmethod
    def from_environment(cls, variables):
        """Hub가 준 환경 변수에서. 서비스로 켜지지 않았으면 ValueError를 냅니다.

        Examples:
            >>> Hub.from_environment({
            ...     "JUPYTERHUB_SERVICE_URL": "http://127.0.0.1:10101",
            ...     "JUPYTERHUB_SERVICE_PREFIX": "/services/board/",
            ...     "JUPYTERHUB_API_URL": "http://127.0.0.1:8081/hub/api",
            ... }).prefix
            '/services/board'
        """
        names = ("JUPYTERHUB_SERVICE_URL", "JUPYTERHUB_SERVICE_PREFIX", "JUPYTERHUB_API_URL")
        missing = [name for name in names if not variables.get(name)]
        if missing:
            raise ValueError(
                f"--hub: JupyterHub의 서비스로 켤 때만 씁니다. 없는 환경 변수: {', '.join(missing)}"
            )
        url, prefix, api = (variables[name] for name in names)
        parts = urlsplit(url)
        return cls(parts.hostname or "127.0.0.1", parts.port or 80, prefix.rstrip("/"), api)

    async def name_of(self, token):
        """그 열쇠의 주인. Hub가 모르는 열쇠면 None입니다."""
        if not token or not token.isascii() or not token.isprintable():
            return None
        request = HTTPRequest(
            f"{self.api}/user",
            headers={"Authorization": f"token {token}"},
            request_timeout=5,
            follow_redirects=False,
        )
        try:
            response = await AsyncHTTPClient().fetch(request)
            user = json.loads(response.body)
        except (HTTPClientError, OSError, ValueError):
            return None
        # 서비스의 열쇠로 사람 행세를 하지 못하게 합니다.
        is_user = isinstance(user, dict) and user.get("kind") == "user"
        return str(user["name"])[:20] if is_user else None
