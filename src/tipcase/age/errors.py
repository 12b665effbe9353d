"""The ways in which an age file or an age key can be refused, one class each.

Messages are fixed sentences: neither a file's bytes nor a key's text is ever part of one.
"""

from __future__ import annotations

from tipcase.errors import DamagedError, NoKeyError, TipcaseError, UsageError


class AgeError(TipcaseError):
    """Whatever this package refuses; always raised as one of the classes below."""


class HeaderError(AgeError, DamagedError):
    """The header is not one that the specification allows, or it is cut."""


class WorkFactorError(HeaderError):
    """A passphrase stanza that asks for more work than was allowed; nothing was computed."""


class HmacError(AgeError, DamagedError):
    """A recipient's stanza opened, but the header was changed after it was written."""


class NoMatchError(AgeError, NoKeyError):
    """The header is well formed and none of the identities opens any of its stanzas."""


class PayloadError(AgeError, DamagedError):
    """The content behind a good header is cut, lengthened or changed."""


class ArmorError(AgeError, DamagedError):
    """The ASCII armor is not strict PEM as the specification wants it."""


class KeyFormatError(AgeError, UsageError):
    """A recipient, an identity or a passphrase that is not written as it must be."""


class RecipientsError(AgeError, UsageError):
    """Recipients that one file cannot have together, or none at all."""
