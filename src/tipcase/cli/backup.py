"""``backup``: the whole casebook as one encrypted archive. Needs no key."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tipcase.cli.context import Context
from tipcase.cli.frame import application, context_of, outside
from tipcase.errors import ConflictError, MachineError, NotFoundError, UsageError
from tipcase.output import Result

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tipcase.casebook.backup.archive import Packed

app = application()


@app.command()
def backup(
    ctx: typer.Context,
    out: Annotated[Path, typer.Option(metavar="FILE", help="The archive, outside the casebook.")],
    to: Annotated[
        list[str] | None,
        typer.Option(
            "--to", metavar="HANDLE", help="Who shall open it instead of all admins; repeatable."
        ),
    ] = None,
    passphrase_file: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Seal it to a passphrase from it (- for the input)."),
    ] = None,
    no_history: Annotated[
        bool, typer.Option("--no-history", help="Leave out the history of git.")
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Put it in the place of a file that is there.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Read and count everything, write nothing.")
    ] = False,
) -> Result:
    """Write the casebook and its history into one encrypted archive.

    The recovery seed opens it too. A damaged casebook is written as it is, with exit code 7.
    """
    context = context_of(ctx)
    if to and passphrase_file is not None:
        raise UsageError("--to and --passphrase-file exclude each other", "give one of them")
    return write(
        context, out, to or [], passphrase_file, history=not no_history, force=force, dry=dry_run
    )


def write(
    context: Context,
    out: Path,
    to: Sequence[str],
    passphrase_file: str | None,
    *,
    history: bool,
    force: bool,
    dry: bool,
) -> Result:
    """Check the casebook, then write the archive, then say what is in it."""
    from tipcase.casebook.backup import archive
    from tipcase.casebook.verification import verify
    from tipcase.cli.keygen import read_passphrase

    book = context.unchecked_book
    _check_target(out, book.root, force=force)
    passphrase = read_passphrase(passphrase_file) if passphrase_file is not None else None
    recipients = {} if passphrase is not None else archive.recipients(book, to)
    damaged = [verdict.case for verdict in verify.verify(book) if not verdict.ok]
    packed, refused = archive.Packed(), None

    def parts(*, with_history: bool) -> Iterable[bytes | bytearray]:
        made = archive.pack(book, context.time, packed, history=with_history)
        return made if dry else archive.seal(made, recipients.values(), passphrase)

    try:
        _deliver(out, parts(with_history=history), force=force, dry=dry)
    except archive.HistoryError as error:
        # What git cannot give must not keep the files from being saved.
        packed, refused = archive.Packed(), error
        _deliver(out, parts(with_history=False), force=force, dry=dry)
    return _result(out, packed, list(recipients), damaged, refused, dry=dry)


def _check_target(out: Path, root: Path, *, force: bool) -> None:
    """Refuse a file that stands in the casebook, or stands already."""
    from tipcase import files

    with files.refusals("look for the archive"):
        outside(out, root, "an archive", "name a file elsewhere, best on another disk")
    target = out.resolve()
    if target.is_dir():
        raise UsageError("--out is a folder", "name the file: --out FILE")
    if not target.parent.is_dir():
        raise NotFoundError("the folder for the archive is not there", "make it, or name another")
    if target.exists() and not force:
        raise _there()


def _there() -> ConflictError:
    return ConflictError(
        "a file stands there already: nothing was written", "name another one, or give --force"
    )


def _deliver(out: Path, parts: Iterable[bytes | bytearray], *, force: bool, dry: bool) -> None:
    from tipcase import files
    from tipcase.casebook.backup import archive

    with files.refusals("write the archive"):
        if dry:
            for _ in parts:
                pass
            return
        try:
            archive.write(parts, out.resolve(), force=force)
        except FileExistsError:
            raise _there() from None


def _result(
    out: Path,
    packed: Packed,
    recipients: list[str],
    damaged: list[str],
    refused: MachineError | None,
    *,
    dry: bool,
) -> Result:
    talk = [f"{packed.files} files of casebook {packed.casebook or 'unknown'}"]
    talk += ["with the history of git"] if packed.history else []
    talk += [f"sealed to: {', '.join(recipients)}"] if recipients else ["sealed to the passphrase"]
    if packed.left.out:
        talk.append(f"left out: {packed.left.out} files that are no part of it (tipcase verify)")
    if damaged:
        talk.append(f"warning: damaged, and kept as it is: {', '.join(damaged)} (tipcase verify)")
    if refused is not None:
        talk.append("warning: without the history: git could not give it")
    if dry:
        talk.append("nothing was written")
    return Result(
        data={
            "file": str(out),
            "casebook": packed.casebook,
            "files": packed.files,
            "bytes": packed.size,
            "sealed_to": recipients,
            "history": packed.history,
            "left_out": packed.left.out,
            "damaged": damaged,
            "written": not dry,
        },
        text=() if dry else (str(out),),
        talk=tuple(talk),
        errors=(refused,) if refused is not None else (),
        code=7 if damaged else refused.exit_code if refused is not None else 0,
    )
