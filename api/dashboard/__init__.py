"""The web page: files that a browser runs, which use only the public interface."""
