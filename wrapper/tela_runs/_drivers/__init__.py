"""Who performs the flows of `_polling`: the calling thread or task, worker threads, or tasks."""
