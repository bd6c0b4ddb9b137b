"""Every number that README quotes, side by side with the peer it names: ``python -m benchmarks [NAME] [--json]``."""
