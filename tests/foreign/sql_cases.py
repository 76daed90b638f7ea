"""Cases and who is signed in, for the applications that draw their pages from SQLAlchemy's tables."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from sqlalchemy import Engine, Enum, String, Text, create_engine, event
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from .app import KINDS, PASSWORD, USER


class Base(DeclarativeBase):
    pass


class Case(Base):
    __tablename__ = "cases"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(200))
    note: Mapped[str] = mapped_column(Text, default="")
    kind: Mapped[str] = mapped_column(Enum(*KINDS, name="kinds"))
    day: Mapped[date]
    paid: Mapped[bool] = mapped_column(default=False)


class SignedIn(Base):
    __tablename__ = "signed_in"

    word: Mapped[str] = mapped_column(String(64), primary_key=True)


class People:
    """Sessions, each with a row of its own."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def sign_in(self, user: str, password: str) -> str | None:
        if (user, password) != (USER, PASSWORD):
            return None
        word = secrets.token_hex(16)
        with self._begun() as session:
            session.add(SignedIn(word=word))
        return word

    def know(self, word: str | None) -> bool:
        with Session(self._engine) as session:
            return word is not None and session.get(SignedIn, word) is not None

    def sign_out(self, word: str | None) -> None:
        with self._begun() as session:
            found = session.get(SignedIn, word)
            if found is not None:
                session.delete(found)

    @contextmanager
    def _begun(self) -> Iterator[Session]:
        with Session(self._engine) as session, session.begin():
            yield session


def made(file: Path) -> Engine:
    engine = create_engine(f"sqlite:///{file}", connect_args={"timeout": 60})

    @event.listens_for(engine, "connect")
    def _wal(connection, record) -> None:  # type: ignore[no-untyped-def]
        connection.execute("PRAGMA journal_mode=wal")

    Base.metadata.create_all(engine)
    return engine
