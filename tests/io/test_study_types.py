import pytest
from sqlalchemy import Column, MetaData, Table, create_engine, select

from lusgui.base.errors import StudyError
from lusgui.io.study_types import Bytes, Number, Text, Whole


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        (Whole, ["7", "NULL"], ["'x'", "1.5", "x'00'"]),
        (Number, ["7", "1.5", "NULL"], ["'x'", "x'00'"]),
        (Text, ["'x'", "NULL"], ["x'00'"]),
        (Bytes, ["x'00'", "NULL"], ["'x'", "3"]),
    ],
)
def test_only_the_right_kind_comes_out(kind, good, bad):
    table = Table("t", MetaData(), Column("a", kind))
    engine = create_engine("sqlite://")
    with engine.connect() as connection:
        table.create(connection)
        for literal in good + bad:
            connection.exec_driver_sql("DELETE FROM t")
            connection.exec_driver_sql(f"INSERT INTO t VALUES ({literal})")
            if literal in good:
                connection.execute(select(table.c.a)).all()
            else:
                with pytest.raises(StudyError, match="wrong kind"):
                    connection.execute(select(table.c.a)).all()
    engine.dispose()
