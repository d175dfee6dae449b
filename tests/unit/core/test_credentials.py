# SPDX-License-Identifier: GPL-3.0-or-later
"""Which of the credentials that are around count."""

from __future__ import annotations

import pytest
from ansible_collections.alicloud.mtls.plugins.module_utils._core.credentials import choose, secrets
from ansible_collections.alicloud.mtls.plugins.module_utils._core.errors import RefusedError

TASK = {"access_key_id": "task-id", "access_key_secret": "task-secret"}
ENVIRONMENT = {"ALIBABA_CLOUD_ACCESS_KEY_ID": "env-id", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "env-secret"}
TOKEN = {"ALIBABA_CLOUD_SECURITY_TOKEN": "env-token"}
PROFILE = {"ALIBABA_CLOUD_PROFILE": "env-profile"}


@pytest.mark.parametrize(
    ("options", "environment", "account", "token"),
    [
        (TASK, {}, "task-id", None),
        # The token of the environment belongs to the keys there, and not to those of the task.
        (TASK, ENVIRONMENT | TOKEN, "task-id", None),
        ({**TASK, "security_token": "task-token"}, ENVIRONMENT | TOKEN, "task-id", "task-token"),
        # A profile of the environment does not send the task to another account.
        (TASK, PROFILE, "task-id", None),
        ({"profile": "task-profile"}, ENVIRONMENT | TOKEN | PROFILE, "task-profile", None),
        ({}, ENVIRONMENT | TOKEN | PROFILE, "env-id", "env-token"),
        ({}, PROFILE, "env-profile", None),
        ({}, {}, "", None),
        ({"access_key_id": "", "access_key_secret": "", "profile": " "}, ENVIRONMENT, "env-id", None),
        ({"access_key_id": " task-id\n", "access_key_secret": "\ttask-secret\r\n"}, {}, "task-id", None),
    ],
)
def test_one_source_as_a_whole(
    options: dict[str, str], environment: dict[str, str], account: str, token: str | None
) -> None:
    source = choose(options, environment)
    assert source.account == account
    assert source.keys.get("security_token") == token
    of_one_source = {value.partition("-")[0] for value in source.keys.values()}
    assert len(of_one_source) == (1 if source.keys else 0)


@pytest.mark.parametrize(
    ("options", "environment", "words"),
    [
        ({**TASK, "profile": "p"}, {}, "Both access_key_id, access_key_secret and profile"),
        ({"access_key_id": "task-id"}, ENVIRONMENT, "access_key_id is given without access_key_secret"),
        ({"access_key_secret": "s"}, ENVIRONMENT, "access_key_secret is given without access_key_id"),
        ({"security_token": "t"}, ENVIRONMENT, "without access_key_id and access_key_secret"),
        ({}, TOKEN, "environment variable ALIBABA_CLOUD_SECURITY_TOKEN is given without"),
        ({"access_key_id": "a b", "access_key_secret": "s"}, {}, "access_key_id has a line break"),
        ({}, ENVIRONMENT | {"ALIBABA_CLOUD_ACCESS_KEY_SECRET": "x\ny"}, "ALIBABA_CLOUD_ACCESS_KEY_SECRET has a line"),
    ],
)
def test_what_is_not_guessed(options: dict[str, str], environment: dict[str, str], words: str) -> None:
    with pytest.raises(RefusedError, match=words) as caught:
        choose(options, environment)
    told = str(caught.value.report())
    assert not [secret for secret in ("task-secret", "env-secret", "env-token", "x\ny") if secret in told]


def test_secrets_of_the_environment() -> None:
    assert secrets(ENVIRONMENT | TOKEN | PROFILE) == {"env-secret", "env-token"}
    assert secrets({"ALIBABA_CLOUD_SECURITY_TOKEN": " "}) == set()


def test_a_source_shows_no_secret() -> None:
    assert "task-secret" not in repr(choose(TASK, {}))
