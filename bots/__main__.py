"""`python -m bots` is `rekey`."""

from bots.cli import main

main()
