"""The one place the version is written: the build, the User-Agent and the changelog check read it here."""

__version__ = "0.1.0"
