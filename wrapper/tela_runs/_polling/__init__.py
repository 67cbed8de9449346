"""What to do next, and when: pure. No module here has a clock, randomness or I/O of its own."""
