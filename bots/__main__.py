"""`python -m bots` is `rekey`."""

from bots.cli.main import main

main()
