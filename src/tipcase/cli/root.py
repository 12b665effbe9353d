"""The root of the command line: finds the command, loads its module alone, shows its result."""

from __future__ import annotations

import functools
import io
import os
import re
import sys
from importlib import import_module
from typing import Any

from tipcase import settings
from tipcase.cli.context import Context
from tipcase.cli.words import ANYWHERE, COMMANDS, FAMILIES, take_options
from tipcase.errors import TipcaseError, UsageError

# What somebody mistyped is repeated only where it surely is an option's name.
_OPTION = re.compile(r"--[a-z][a-z-]{0,20}")
_COMPLETION = (["--install-completion"], ["--show-completion"])


class Interrupted(TipcaseError):
    """The person stopped the command."""

    exit_code = 130


def run(words: list[str]) -> int:
    """Run the command that the words name; nothing that goes wrong shows a traceback."""
    _prepare()
    try:
        context = Context()
    except TipcaseError as error:
        return _fail(error, "", as_json="--json" in words)
    if settings.completion_asked() or words[:1] in _COMPLETION:
        return _complete()
    return answer(words, context)


def answer(words: list[str], context: Context) -> int:
    """Run the command that the words name in this context, and return its exit code."""
    try:
        return _answer(words, context)
    finally:
        _commit(context)


def _answer(words: list[str], context: Context) -> int:
    try:
        return _run(words, context)
    except KeyboardInterrupt:
        failure: TipcaseError = Interrupted("interrupted")
    except BrokenPipeError:
        # Whoever read our output has gone: nothing is left to say.
        sys.stdout = io.StringIO()
        return 0
    except TipcaseError as error:
        failure = error
    except OSError as error:
        failure = _refusal(error, "finish the command")
    except Exception as error:
        # Whatever escapes is a bug, and no traceback, which can hold what a record says, is shown.
        failure = _bug(error)
    return _fail(failure, context.command, as_json=context.json)


def _commit(context: Context) -> None:
    """Commit to git what the command wrote, whether it succeeded or not; never its failure."""
    # Only what wrote has loaded this: reading commands pay nothing.
    writing = sys.modules.get("tipcase.casebook.writing")
    if writing is None or not writing.written:
        return
    notes = list(writing.written)
    writing.written.clear()
    from tipcase import terminal
    from tipcase.casebook.commits import committing

    try:
        wrong = committing.after(notes, context.time)
    except KeyboardInterrupt:
        wrong = [Interrupted("interrupted")]
    except Exception as error:
        # The command itself has written and answered: a bug in what follows must not hide that.
        wrong = [_bug(error)]
    for one in wrong:
        hint = f" ({one.hint})" if one.hint else ""
        # Damage does not heal by itself: it waits for repair or sync, not for the next write.
        after = "" if one.exit_code == 7 else "; the next write commits it"
        terminal.say(f"warning: written, but not committed to git yet: {one.sentence}{hint}{after}")


def _run(words: list[str], context: Context) -> int:
    context.json = context.json or _asked_for_json(words)
    rest = take_options(words, context)
    if rest[:1] == ["--"]:
        rest = rest[1:]
    if rest[:1] == ["help"] and rest[1:2] and rest[1] in COMMANDS:
        rest = [rest[1], "--help"]
    if rest[:1] in (["--help"], ["-h"], ["help"]):
        sys.stdout.write(_help())
        return 0
    if rest[:1] == ["--version"]:
        from tipcase import __version__

        sys.stdout.write(f"tipcase {__version__}\n")
        return 0
    if not rest:
        if not context.json:
            sys.stderr.write(_help())
            return UsageError.exit_code
        raise UsageError("a command is missing", "tipcase --help lists the commands")
    name, *arguments = rest
    if name not in COMMANDS:
        raise UsageError("there is no such command", _suggestion(name))
    context.command = name
    _end_unlock(context)
    result = _invoke(name, arguments, context)
    return 0 if result is None else _show(result, context)


def _end_unlock(context: Context) -> None:
    """Remove an unlocked identity whose time is over, whatever command comes next."""
    somewhere = (*settings.ram_folders(), context.home / "unlocked")
    if not any(map(os.path.lexists, somewhere)):
        return
    from tipcase.keyring import unlocked

    try:
        unlocked.end(context.home, context.now())
    except TipcaseError:
        return  # whoever needs the identity meets the error, and says it


def _asked_for_json(words: list[str]) -> bool:
    """Whether the answer, an error in the other options included, is to be JSON."""
    return "--json" in words[: words.index("--") if "--" in words else len(words)]


def _show(result: Any, context: Context) -> int:
    from tipcase import output

    lang = context.lang if result.findings else "en"
    try:
        code = output.show(result, context.command, as_json=context.json, lang=lang)
        sys.stdout.flush()
    except BrokenPipeError:
        # Nobody hears the rest, but a script that looks at the exit code must hear of damage.
        sys.stdout = io.StringIO()
        return int(result.code)
    except OSError as error:
        raise _refusal(error, "write the answer") from None
    return code


def _invoke(name: str, arguments: list[str], context: Context) -> Any:
    import typer

    command = _built(name)
    # The base class of usage errors is not exported under a name of its own.
    usage: Any = next(c for c in typer.BadParameter.__mro__ if c.__name__ == "ClickException")
    try:
        result = command.main(
            arguments, prog_name=f"tipcase {name}", standalone_mode=False, obj=context
        )
    except usage as error:
        raise _usage(error, name) from None
    except typer.Abort:
        raise KeyboardInterrupt from None
    except SystemExit:
        # The framework's own way with a reader that has gone.
        raise BrokenPipeError from None
    if result == Interrupted.exit_code:
        # Without its standalone mode, the framework answers an interruption as if it were a result.
        raise KeyboardInterrupt
    return result if not isinstance(result, int) else None


@functools.cache
def _built(name: str) -> Any:
    """The command as the framework runs it; the demo, which types many, builds each one once."""
    import typer

    command: Any = typer.main.get_command(load(name))
    for one in (command, *getattr(command, "commands", {}).values()):
        one.epilog = ANYWHERE
    return command


def load(name: str) -> Any:
    """The typer application of one command."""
    return import_module(f"tipcase.cli.{_module(name)}").app


def _module(name: str) -> str:
    """The module of a command; names that Python keeps for itself get a longer one."""
    return {"list": "listing", "set": "fields", "init": "init_book", "new": "new_case"}.get(
        name, name
    )


def _usage(error: Any, command: str) -> UsageError:
    """A usage error without the words that were typed: a word can be what a record says."""
    kind = type(error).__name__
    param = getattr(getattr(error, "param", None), "name", None)
    option = str(getattr(error, "option_name", "") or "")
    place = getattr(error, "ctx", None)
    hint = f"{place.command_path if place is not None else f'tipcase {command}'} --help"
    below = getattr(getattr(place, "command", None), "commands", None)
    if below:
        return UsageError(f"{command} takes one of: {', '.join(below)}", hint)
    if kind == "NoSuchOption" and _OPTION.fullmatch(option):
        return UsageError(f"there is no option {option}", hint)
    if kind == "MissingParameter" and param:
        return UsageError(f"{_spelled(error.param)} is missing", hint)
    if kind == "BadParameter" and param:
        return UsageError(f"the value of {_spelled(error.param)} is not one that it takes", hint)
    if kind == "BadOptionUsage" and option:
        return UsageError(f"{option} needs a value", hint)
    return UsageError(f"the words after {command} do not fit", hint)


def _spelled(param: Any) -> str:
    """A parameter as the help writes it."""
    option = next((name for name in param.opts if name.startswith("--")), None)
    return str(option or (param.metavar or param.name.upper()).strip("[]."))


def _suggestion(name: str) -> str:
    import difflib

    near = difflib.get_close_matches(name, COMMANDS, n=1)
    return f"did you mean: tipcase {near[0]}" if near else "tipcase --help lists the commands"


def _help() -> str:
    width = max(map(len, COMMANDS)) + 2
    lines = [
        "Usage: tipcase COMMAND …",
        "",
        "Case files for survivors, as encrypted plain files.",
        "",
    ]
    for family, commands in FAMILIES.items():
        lines.append(f"{family}:")
        lines += [f"  {name:<{width}}{text}" for name, text in commands.items()]
    lines += ["", *ANYWHERE.split("\n")[1:], "tipcase COMMAND --help shows what a command takes."]
    return "\n".join(lines) + "\n"


def _fail(error: TipcaseError, command: str, *, as_json: bool) -> int:
    from tipcase import output

    try:
        code = output.show_failure(error, command, as_json=as_json)
        sys.stdout.flush()
    except OSError:
        # The output is what failed, and stderr has heard why: Python must not try it again.
        sys.stdout = io.StringIO()
        code = error.exit_code
    return code


def _refusal(error: OSError, doing: str) -> TipcaseError:
    """What the operating system refused, in words of ours: its own hold names of files."""
    from tipcase import files

    try:
        with files.refusals(doing):
            raise error
    except TipcaseError as refused:
        return refused


def _bug(error: Exception) -> TipcaseError:
    """A bug, named by its kind and place alone: its message could hold what a record says."""
    frame = error.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    place = ""
    if frame is not None:
        module = frame.tb_frame.f_globals.get("__name__", "")
        place = f" in {module}, line {frame.tb_lineno}"
    return TipcaseError(
        f"a bug in tipcase: {type(error).__name__}{place}",
        "run tipcase verify, and please report this line",
    )


def _prepare() -> None:
    """Streams that are there and in UTF-8, and no core dump that could hold plaintext."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        # Closed by whoever started us: no file of the casebook may get its number instead.
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115 - to stay
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="replace")
    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _complete() -> int:
    """Answer a shell that asks for completions: the only time when every command is loaded."""
    import typer

    app = typer.Typer(rich_markup_mode=None)
    for name, text in COMMANDS.items():
        loaded = load(name)
        if len(loaded.registered_commands) == 1:
            app.command(name, help=text)(loaded.registered_commands[0].callback)
        else:
            app.add_typer(loaded, name=name, help=text)
    app(prog_name="tipcase")
    return 0
