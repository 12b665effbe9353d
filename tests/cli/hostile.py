"""What a record must not be: one table, from which every refusal of content is tested.

Each text holds ``CANARY`` where it can, because no refusal may show what a record says.
"""

from __future__ import annotations

import os

CANARY = "canary-7316"
# The library looks a thousand brackets ahead at each of them, which takes a second; the reader's
# own tests go as deep every time.
DEEP = 5000 if os.environ.get("TIPCASE_SOAK") == "1" else 100

_BOMB = "a: &a [x, x]\n" + "".join(
    f"{chr(98 + at)}: &{chr(98 + at)} [*{chr(97 + at)}, *{chr(97 + at)}]\n" for at in range(20)
)

# Name: the bytes of a note, refused with exit code 3 and a place or a field.
CONTENT: dict[str, bytes] = {
    "empty": b"",
    "only-a-comment": b"# canary-7316\n",
    "only-a-text": b"canary-7316\n",
    "a-list": b"- canary-7316\n",
    "not-yaml": b"happened_on: [canary-7316\n",
    "unclosed-quote": b'happened_on: 2026-02-03\ntext: "canary-7316\n',
    "tab": b"happened_on: 2026-02-03\nsub:\n\ttext: canary-7316\n",
    "duplicate-key": b"text: canary-7316\nhappened_on: 2026-02-03\ntext: canary-7316\n",
    "duplicate-quoted-key": b'text: canary-7316\n"text": canary-7316\n',
    "anchor": b"happened_on: 2026-02-03\ntext: &canary-7316 canary-7316\n",
    "alias": b"happened_on: 2026-02-03\ntext: *canary-7316\n",
    "alias-bomb": _BOMB.encode() + b"text: canary-7316\n",
    "merge-key": b"<<: {text: canary-7316}\nhappened_on: 2026-02-03\n",
    "tag": b"happened_on: 2026-02-03\ntext: !!python/object:os.system canary-7316\n",
    "local-tag": b"happened_on: 2026-02-03\ntext: !canary-7316 x\n",
    "directive": b"%TAG ! tag:canary-7316,2026:\n---\ntext: x\n",
    "second-document": b"happened_on: 2026-02-03\ntext: x\n---\ntext: canary-7316\n",
    "unknown-field": b"happened_on: 2026-02-03\ntext: canary-7316\ncolour: canary-7316\n",
    "value-as-field": b"happened_on: 2026-02-03\nSok canary-7316: x\n",
    "complex-key": b"? {canary-7316: x}\n: y\n",
    "impossible-date": b"happened_on: 2026-02-30\ntext: canary-7316\n",
    "wrong-type": b"happened_on: 2026-02-03\ntext: [canary-7316]\n",
    "mapping-for-text": b"happened_on: 2026-02-03\ntext: {a: canary-7316}\n",
    "wrong-unknown": b"happened_on: 2026-02-03\ntext: {unknown: canary-7316}\n",
    "deep-nesting": b"happened_on: 2026-02-03\ntext: " + b"[" * DEEP + b"canary-7316\n",
    "deep-mappings": b"text: " + b"{a: " * DEEP + b"canary-7316" + b"}" * DEEP,
    "huge-number": b"happened_on: " + b"9" * 5000 + b"\ntext: canary-7316\n",
    "huge-exponent": b"happened_on: 1e999999999\ntext: canary-7316\n",
    "huge-text": b"happened_on: 2026-02-03\ntext: canary-7316 " + b"x" * (5 * 2**20),
    "many-values": b"text: [" + b"x," * 200_000 + b"canary-7316]\n",
    "latin-1": "happened_on: 2026-02-03\ntext: canary-7316 é\n".encode("latin-1"),
    "utf-16": "happened_on: 2026-02-03\ntext: canary-7316\n".encode("utf-16"),
    "half-a-surrogate": b"happened_on: 2026-02-03\ntext: canary-7316 \xed\xa0\x80\n",
    "nul": b"happened_on: 2026-02-03\ntext: canary-7316\x00\n",
    "escape": b"happened_on: 2026-02-03\ntext: canary-7316 \x1b[31m\n",
    "escaped-control": b'happened_on: 2026-02-03\ntext: "canary-7316 \\e[31m"\n',
    "escaped-nul": b'happened_on: 2026-02-03\ntext: "canary-7316 \\0"\n',
    "line-separator": "happened_on: 2026-02-03\ntext: canary-7316 \u2028 x\n".encode(),
    "carriage-return": b"happened_on: 2026-02-03\ntext: canary-7316\rhidden\n",
    "header-smuggled": b"happened_on: 2026-02-03\ntext: x\n...\ntext: canary-7316\n",
    "random-bytes": bytes(range(256)) + b"canary-7316",
    "an-age-file": b"age-encryption.org/v1\n-> X25519 canary-7316\n",
}

# Refused only at the limit of values, which takes a careful reader seconds.
SLOW = ("many-values",)

# Name: the words after ``tipcase set CASE``, and the exit code.
WORDS: dict[str, tuple[int, tuple[str, ...]]] = {
    "no-equals": (2, ("profile", "canary-7316")),
    "path-of-nothing": (2, ("profile", "=canary-7316")),
    "path-with-value": (2, ("profile", "Sok canary-7316=x")),
    "path-dots": (2, ("profile", "....=canary-7316")),
    "path-dunder": (2, ("profile", "__class__.x=canary-7316")),
    "path-deep": (2, ("profile", ".".join(["a"] * 200) + "=canary-7316")),
    "unknown-field": (3, ("profile", "colour=canary-7316")),
    "into-a-text": (2, ("profile", "full_name=x", "full_name.x=canary-7316")),
    "number-in-mapping": (2, ("profile", "safe_contact.0=canary-7316")),
    "no-such-item": (2, ("profile", "family_members.0.name=canary-7316")),
    "no-country": (3, ("profile", "nationality=canary-7316")),
    "no-list": (3, ("profile", "family_members=canary-7316")),
    "bad-list": (3, ("profile", "family_members=[canary-7316")),
    "bad-items": (3, ("profile", "family_members=[canary-7316]")),
    "tagged-list": (3, ("profile", "family_members=[!!canary-7316 x]")),
    "control": (3, ("profile", "full_name=canary-7316 \x1b[31m")),
    "not-utf-8": (3, ("profile", "full_name=canary-7316 \udcff")),
    "missing-file": (4, ("profile", "full_name=@/nowhere/canary-7316")),
    "folder": (2, ("profile", "full_name=@/")),
    "device": (2, ("profile", "full_name=@/dev/zero")),
    "empty": (2, ("profile", "full_name=")),
    "twice-from-input": (2, ("profile", "full_name=-", "nationality=-")),
    "header": (2, ("profile", "tipcase=canary-7316")),
    "header-field": (2, ("profile", "tipcase.revision=canary-7316")),
    "clear-nothing": (4, ("profile", "--clear", "full_name")),
    "clear-no-path": (2, ("profile", "--clear", "Sok canary-7316")),
    "no-record-type": (4, ("canary-7316", "x=y")),
    "no-tag": (2, ("note/canary-7316", "text=x")),
    "tag-of-single": (4, ("profile/aaaaaaa2", "full_name=canary-7316")),
    "path-tricks": (2, ("../../../canary-7316", "text=x")),
    "no-such-option": (2, ("profile", "full_name=x", "--Canary-7316")),
}
