"""Where files are: static ones beside the program, documents in a folder of PEERCERT_HOME or in a bucket."""

from typing import Any

from peercert.config.environment import Environment

_STATIC = {
    "built": "whitenoise.storage.CompressedManifestStaticFilesStorage",
    "plain": "django.contrib.staticfiles.storage.StaticFilesStorage",
}


def storages(env: Environment) -> dict[str, dict[str, Any]]:
    """Django's STORAGES. No stored document has an address: a view opens it that asks who is looking."""
    return {
        "staticfiles": {"BACKEND": _STATIC[env.static]},
        "default": _bucket(env) if env.files is not None else _folder(env),
    }


def _folder(env: Environment) -> dict[str, Any]:
    return {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {
            "location": env.home / "files",
            "file_permissions_mode": 0o600,
            "directory_permissions_mode": 0o700,
        },
    }


def _bucket(env: Environment) -> dict[str, Any]:
    store = env.files
    if store is None:
        raise ValueError("no bucket is set")
    return {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": store.bucket,
            "access_key": store.access_key,
            "secret_key": store.secret_key,
            "endpoint_url": store.endpoint,
            "region_name": store.region,
            "default_acl": None,
            "file_overwrite": False,
        },
    }
