"""What servers read and write: champions, API keys, announcements of changes."""
