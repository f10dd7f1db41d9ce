"""The HTTP face of Wellhead. Thin: routes call services, services call the verbs of `wellhead`."""
