"""The machine of the guards that know no items: sessions, and sign-ins that must not lock an account."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import rule

from .machine_case import OK
from .machine_stage import Stores

holders = st.sampled_from(["a", "b", "c"])
jumps = st.sampled_from([0.0, 0.0, 0.0, -3600.0, -5.0, 5.0])
accounts = st.sampled_from(["svc", "svc", "other"])


class GuardMachine(Stores):
    """The guards that know no items."""

    @rule(
        seconds=st.sampled_from([1.0, 59.0, 60.0, 600.0]),
        jumps=st.sampled_from([0.0, 0.0, -3600.0, -5.0, 5.0]),
    )
    def time_goes(self, seconds: float, jumps: float) -> None:
        self.time_passes(seconds)
        self.the_clock_jumps(jumps)

    @rule(holder=holders, limit=st.sampled_from([1, 2, 2]), seconds=st.sampled_from([60.0, 600.0]))
    def a_session_is_asked_for(self, holder: str, limit: int, seconds: float) -> None:
        _, granted = self.everywhere(lambda side: side.queue.take_licence("waste", limit, holder, seconds))
        self.guards.licence(self.now, "waste", limit, holder, seconds, granted[-1])

    @rule(holder=holders)
    def a_session_is_given_back(self, holder: str) -> None:
        self.everywhere(lambda side: side.queue.give_licence("waste", holder))
        self.guards.licences.pop(("waste", holder), None)

    @rule(holder=holders, account=accounts)
    def a_sign_in_begins(self, holder: str, account: str) -> None:
        word, begun = self.everywhere(lambda side: side.queue.begin_sign_in("waste", account, holder, 60.0))
        said = begun[-1] if word == OK else word
        self.guards.begin(self.now, "waste", account, holder, 60.0, said)

    @rule(holder=holders, account=accounts, refused=st.booleans())
    def a_sign_in_ends(self, holder: str, account: str, refused: bool) -> None:
        """Also that of a worker whose turn is over long since."""
        self.everywhere(lambda side: side.queue.end_sign_in("waste", account, holder, refused))
        self.guards.end("waste", account, holder, refused)

    @rule()
    def a_person_allows_sign_ins(self) -> None:
        _, allowed = self.everywhere(lambda side: side.queue.allow_sign_in("waste", "bob"))
        assert allowed[-1] == self.guards.allow("waste")
