"""People are told: causes are worked out of facts, messages leave by apprise, a ledger keeps who was told."""
