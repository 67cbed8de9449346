"""Pure decisions: what to do next, and when. No module here has a clock, randomness or I/O of its own."""
