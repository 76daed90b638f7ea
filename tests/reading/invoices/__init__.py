"""How well one general layout reads invoices of any maker: no process of ours, a measure of the readers."""
