"""Perform the flows of `_polling`: in the calling thread or task, in worker threads, or in tasks."""
