"""What `python -m benchmarks` measures, and how."""
