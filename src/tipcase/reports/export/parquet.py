"""Tables as Parquet, through ``pyarrow``, which the extra ``parquet`` installs."""

from __future__ import annotations

import io
from typing import Any

from tipcase.errors import MachineError
from tipcase.reports.export.columns import Sheet


def needed() -> None:
    """Raise ``MachineError`` where Parquet cannot be written on this machine."""
    _arrow()


def as_parquet(sheet: Sheet) -> bytes:
    """The table with a type for each column: text, list of text, 64-bit number, yes or no."""
    arrow, parquet = _arrow()
    types = {
        "code": arrow.string(),
        "month": arrow.string(),
        "codes": arrow.list_(arrow.string()),
        "number": arrow.int64(),
        "yes-no": arrow.bool_(),
    }
    schema = arrow.schema([(column.id, types[column.kind]) for column in sheet.columns])
    held = [
        arrow.array([_listed(row[at]) for row in sheet.rows], type=one.type)
        for at, one in enumerate(schema)
    ]
    out = io.BytesIO()
    parquet.write_table(arrow.Table.from_arrays(held, schema=schema), out)
    return out.getvalue()


def _listed(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _arrow() -> tuple[Any, Any]:
    # 100 ms and 100 MB: only who asks for Parquet pays for it.
    try:
        import pyarrow  # type: ignore[import-untyped]
        from pyarrow import parquet
    except ImportError:
        raise MachineError(
            "Parquet needs the library pyarrow, which is not installed",
            "install it: pip install 'tipcase[parquet]', or export ndjson or csv",
        ) from None
    return pyarrow, parquet
