"""The worker of `traces/python` behind a codec as Temporal's samples have it, header and all.

    worker.py ADDRESS NAMESPACE TASK_QUEUE OTLP_ENDPOINT

The codec is that of https://github.com/temporalio/samples-python/blob/main/encryption/codec.py, and
strict where that one is lenient: an argument that nobody encrypted is an error.
"""

import asyncio
import dataclasses
import os
import sys
from pathlib import Path
from typing import Iterable, List

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from temporalio.api.common.v1 import Payload
from temporalio.converter import DataConverter, PayloadCodec

sys.path.insert(0, str(Path(__file__).parent.parent / "traces" / "python"))

import worker  # noqa: E402

KEY_ID = b"test-key-id"
KEY = b"test-key-test-key-test-key-test!"


class EncryptionCodec(PayloadCodec):
    def __init__(self) -> None:
        self.cipher = AESGCM(KEY)

    async def encode(self, payloads: Iterable[Payload]) -> List[Payload]:
        return [
            Payload(
                metadata={"encoding": b"binary/encrypted", "encryption-key-id": KEY_ID},
                data=self.encrypt(payload.SerializeToString()),
            )
            for payload in payloads
        ]

    async def decode(self, payloads: Iterable[Payload]) -> List[Payload]:
        return [self.opened(payload) for payload in payloads]

    def opened(self, payload: Payload) -> Payload:
        if payload.metadata["encoding"] != b"binary/encrypted":
            raise ValueError(f"in clear text: {payload.metadata['encoding']!r}")
        if payload.metadata["encryption-key-id"] != KEY_ID:
            raise ValueError("another key")
        return Payload.FromString(self.cipher.decrypt(payload.data[:12], payload.data[12:], None))

    def encrypt(self, data: bytes) -> bytes:
        nonce = os.urandom(12)
        return nonce + self.cipher.encrypt(nonce, data, None)


if __name__ == "__main__":
    converter = dataclasses.replace(DataConverter.default, payload_codec=EncryptionCodec())
    asyncio.run(worker.main(*sys.argv[1:], converter=converter))
    sys.stdout.flush()
    # The interpreter may crash while it ends if a thread of the SDK still holds on to it.
    os._exit(0)
