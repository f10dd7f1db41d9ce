"""The HTTP API. Routes are thin: they call services, and services call the workflows."""
