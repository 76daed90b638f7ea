"""Applications that nobody here wrote, with the traffic that real pages make by themselves.

They come from the package index, with the extra `foreign`. `python -m tests.foreign` has the real runner key
to them, and judges by their own databases.
"""
