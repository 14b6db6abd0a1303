"""Makes the buckets of the stack's MinIO, and the logins of pipeline and reader; may be repeated."""

import os
from pathlib import Path

from lake.minio_server import Login, Server, set_up

SECRETS = Path("/run/secrets")


def secret(name: str) -> str:
    """The text of a secret's file."""
    return (SECRETS / name).read_text(encoding="utf-8").strip()


def main() -> None:
    """Set up the store that AWS_ENDPOINT_URL names."""
    root = Login(secret("minio_root_user"), secret("minio_root_password"))
    pipeline = Login("pipeline", secret("pipeline_password"))
    set_up(Server(os.environ["AWS_ENDPOINT_URL"], 0, root), pipeline, Login("reader", secret("reader_password")))


if __name__ == "__main__":
    main()
