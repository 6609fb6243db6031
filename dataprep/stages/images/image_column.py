"""What stages share that look at pictures: which column names them, and where they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from dataprep.columns import known
from dataprep.errors import ConfigError, DataError
from dataprep.stage import Stage, State
from dataprep.table import Table


@dataclass(eq=False, repr=False)
class Looking(Stage):
    """A stage that reads the pictures of a column."""

    image: str | None = None
    image_root: str | None = None

    pictures: ClassVar[bool] = True

    def learn(self, table: Table) -> State:
        """Return the column that names pictures; nothing is learned from them."""
        return {"image": self._column(table)}

    def _column(self, table: Table) -> str:
        if self.image is not None:
            found = known(self.image, table, f"{self.name()}.image")
        else:
            found = next(iter(table.of_role("image")), "")
        if not found:
            raise ConfigError(
                "no column holds pictures",
                place=f"{self.name()}.image",
                remedy="Name it: --image COL, 'image: COL' in YAML, Pipeline(..., image='COL'), or "
                "give a folder of pictures.",
            )
        if table.kinds[found] in ("integer", "float", "boolean", "date", "timestamp", "other"):
            raise ConfigError(
                f"{found!r} is of kind {table.kinds[found]}, it names no pictures",
                place=f"{self.name()}.image",
                remedy="Name a column with the paths of files.",
            )
        return found

    def _present(self, table: Table, state: State) -> str:
        """Return the column of pictures, which may not have come to serving."""
        name: str = state["image"]
        if name not in table.kinds:
            raise DataError(
                f"the column {name!r} with the pictures is not there",
                place=self.name(),
                remedy="Give it: there is nothing else to look at.",
            )
        return name

    def _root(self, table: Table) -> str:
        """Return the folder that references start from."""
        return str(self.image_root or table.report.get("image_root") or ".")
