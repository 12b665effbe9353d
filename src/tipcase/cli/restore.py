"""``restore``: a casebook out of its archive, checked."""

from __future__ import annotations

import os
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated, Any

import typer

from tipcase.cli.context import Context
from tipcase.cli.frame import application, context_of
from tipcase.errors import NoKeyError, NotFoundError, UsageError
from tipcase.output import Result

if TYPE_CHECKING:
    from tipcase.casebook.backup.restoring import Wanted
    from tipcase.casebook.backup.unpacking import Restored

app = application()


@app.command()
def restore(
    ctx: typer.Context,
    archive: Annotated[Path, typer.Argument(metavar="FILE", help="What tipcase backup wrote.")],
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder to make.")],
    passphrase_file: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="The archive's passphrase (- for the input)."),
    ] = None,
    seed_file: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Open it with the recovery seed (- for the input)."),
    ] = None,
    casebook_id: Annotated[
        str | None,
        typer.Option(metavar="ID", help="Restore this casebook only; colleagues know its id."),
    ] = None,
    older: Annotated[
        bool,
        typer.Option("--older", help="Accept less than this machine has seen in that place."),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Read and check the archive, write nothing.")
    ] = False,
) -> Result:
    """Bring a casebook back from an archive, whole or not at all, and verify it.

    Anybody can seal an archive to you: compare the id that is printed with a colleague's.
    """
    from tipcase.casebook.backup.restoring import Wanted

    context = context_of(ctx)
    if passphrase_file is not None and seed_file is not None:
        raise UsageError("--passphrase-file and --seed-file exclude each other", "give one")
    place = folder.absolute()
    # `..` is taken out, and a link at the very end stays: nothing is restored through one.
    target = place.resolve() if place.name == ".." else place.parent.resolve() / place.name
    wanted = Wanted(target, context.home, casebook_id, older)
    return bring_back(context, archive, wanted, (passphrase_file, seed_file), dry=dry_run)


def bring_back(
    context: Context,
    archive: Path,
    wanted: Wanted,
    sources: tuple[str | None, str | None],
    *,
    dry: bool,
) -> Result:
    """Open the archive, restore it, and say what is there now."""
    from tipcase import files
    from tipcase.casebook.backup import restoring

    try:
        with files.refusals("read the archive"):
            # A link is followed here: the file is the person's own.
            path = Path(os.path.realpath(archive))
            opened = files.opened(path, "read the archive")
    except NotFoundError:
        raise NotFoundError("the archive is not there", "check its name") from None
    with opened as stream:
        try:
            keys = _keys(context, stream, *sources)
            with files.refusals("read the archive"):
                act = restoring.look if dry else restoring.restore
                restored = act(stream, keys, wanted)
        except NoKeyError as error:
            if sources == (None, None) and not restoring.needs_passphrase(stream):
                error.hint = (
                    "name an identity that it is sealed to: --identity FILE;"
                    " or open it with the recovery seed: --seed-file FILE"
                )
            raise
    return _result(restored, wanted, dry=dry)


def _keys(
    context: Context, stream: IO[bytes], passphrase_file: str | None, seed_file: str | None
) -> list[Any]:
    """What may open the archive: a passphrase, the recovery seed, or the identity at hand."""
    from tipcase import age, terminal
    from tipcase.casebook.backup import restoring
    from tipcase.cli.keygen import read_passphrase
    from tipcase.cli.words import read_text
    from tipcase.journal.names import KEY_KINDS
    from tipcase.keyring import recovery

    if restoring.needs_passphrase(stream):
        if seed_file is not None:
            raise UsageError("the archive is sealed to a passphrase", "give --passphrase-file FILE")
        flag = "--passphrase-file FILE"
        typed = (
            read_passphrase(passphrase_file)
            if passphrase_file is not None
            else terminal.passphrase("passphrase of the archive", flag)
        )
        return [age.passphrase_identity(typed)]
    if passphrase_file is not None:
        raise UsageError("the archive is sealed to people", "leave --passphrase-file out")
    if seed_file is not None:
        text = read_text("-" if seed_file == "-" else f"@{seed_file}", "recovery seed")
        seed = recovery.from_words(text)
        return [recovery.person(seed, kind).identity for kind in KEY_KINDS]
    return [context.person.identity]


def _result(restored: Restored, wanted: Wanted, *, dry: bool) -> Result:
    bad = restored.damaged
    talk = [f"{restored.files} files, made {restored.made}"]
    if restored.history is False:
        talk.append("warning: git would not take the history: the folder is no repository")
    elif restored.history:
        talk.append("with the history of git; name its remote again: git remote add origin …")
    talk += [f"  damage in {v.case}: {text}" for v in restored.verdicts for text in v.damage]
    talk += [f"  warning in {v.case}: {text}" for v in restored.verdicts for text in v.warnings]
    if dry:
        talk.append("the archive is whole; nothing was written")
    elif bad:
        talk.append(f"damaged as it was saved: {', '.join(bad)} (tipcase verify)")
    else:
        talk.append(f"{len(restored.verdicts)} checked, nothing damaged")
    talk.append(
        "anybody can make an archive: compare the id with a colleague's before you trust it"
    )
    return Result(
        data={
            "folder": None if dry else str(wanted.target),
            "casebook": restored.casebook,
            "made": restored.made,
            "files": restored.files,
            "bytes": restored.size,
            "history": restored.history,
            "damaged": bad,
            "written": not dry,
        },
        text=(restored.casebook or "unknown",),
        talk=tuple(talk),
        code=7 if bad else 0,
    )
