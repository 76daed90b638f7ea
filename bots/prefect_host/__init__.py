"""Prefect: its server and worker beside Rekey, and all that Rekey asks of them."""
