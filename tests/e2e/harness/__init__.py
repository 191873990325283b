"""What the end-to-end tests share: programs started and ended, tokens, requests, rows of the store."""
