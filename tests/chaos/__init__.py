"""Faults on purpose: workers that die, freeze and wake at every named point of the protocol."""
