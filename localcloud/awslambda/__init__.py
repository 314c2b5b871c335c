"""Lambda: runs each function in processes of its own."""
