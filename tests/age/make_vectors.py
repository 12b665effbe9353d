"""Make vectors/typage.json anew: python tests/age/make_vectors.py node_modules/age-encryption."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
CONTENT = "សួស្តី, an invented record\n".encode()


def ask(package: str, requests: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Have typage answer requests; see typage.mjs for what they look like."""
    done = subprocess.run(
        ["node", str(HERE / "typage.mjs"), package],
        input=json.dumps(requests),
        capture_output=True,
        text=True,
        check=True,
    )
    answers: list[dict[str, Any]] = json.loads(done.stdout)
    return answers


def text(data: bytes) -> str:
    """Bytes as the base64 that requests and vectors hold."""
    return base64.b64encode(data).decode("ascii")


def main(package: str) -> None:
    """Generate keys, encrypt to them, and write all of it down."""
    pair, other, classic = ask(
        package,
        [{"op": "generate", "kind": kind} for kind in ("hybrid", "hybrid", "x25519")],
    )
    to_one = {"recipients": [pair["recipient"]]}
    wanted: list[tuple[str, dict[str, Any], bytes, dict[str, Any]]] = [
        ("hybrid, one recipient", to_one, CONTENT, pair),
        ("hybrid, nothing inside", to_one, b"", pair),
        ("hybrid, armored", to_one | {"armored": True}, CONTENT, pair),
        ("hybrid, second of two", {"recipients": [other["recipient"], pair["recipient"]]},
         CONTENT, pair),
        ("x25519, one recipient", {"recipients": [classic["recipient"]]}, CONTENT, classic),
        ("scrypt", {"passphrase": "three invented words"}, CONTENT,
         {"passphrase": "three invented words"}),
    ]  # fmt: skip
    requests = [
        {"op": "encrypt", "plaintext": text(content)} | how for _, how, content, _ in wanted
    ]
    vectors = [
        {"name": name, "plaintext": text(content), **answer, **opens}
        for (name, _, content, opens), answer in zip(wanted, ask(package, requests), strict=True)
    ]
    written = json.dumps(vectors, indent=1, ensure_ascii=False)
    (HERE / "vectors" / "typage.json").write_text(written + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
