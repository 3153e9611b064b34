"""Text of others, made fit for a line of a log or of a terminal."""


def on_one_line(text: str) -> str:
    r"""Return text for use within a line, which it cannot end: what is not seen becomes \x1b."""
    if text.isprintable():
        return text
    return "".join(
        sign if sign.isprintable() else sign.encode("unicode_escape", "surrogatepass").decode()
        for sign in text
    )
