import io

from kubectl_ingress.render.live_line import LiveLine


def test_it_is_drawn_over_itself_and_leaves_nothing() -> None:
    stream = io.StringIO()
    line = LiveLine(stream, terminal=True)
    line.show("one")
    line.show("two \x1b[31m")
    line.clear()
    line.clear()
    assert stream.getvalue() == "\r\x1b[2Kone\r\x1b[2Ktwo \\x1b[31m\r\x1b[2K"


def test_it_is_never_wider_than_a_terminal() -> None:
    stream = io.StringIO()
    LiveLine(stream, terminal=True).show("x" * 500)
    assert len(stream.getvalue()) < 110


def test_without_a_terminal_there_is_nothing() -> None:
    stream = io.StringIO()
    line = LiveLine(stream, terminal=False)
    line.show("one")
    line.clear()
    assert stream.getvalue() == ""
