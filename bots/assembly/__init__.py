"""The parts put together: for a bot, for the console, for alerts, beside a Prefect server of ICT's own."""
