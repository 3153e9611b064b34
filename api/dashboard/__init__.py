"""The web page: files that a browser runs, made on the public interface alone."""
