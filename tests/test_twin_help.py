"""Help and completion, the keys of a terminal, and pipes into files."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labs.twin.cli import Console, Session
from labs.twin.commands import TABLES
from labs.twin.grammar import Grammar
from labs.twin.network import Network

CONFIG = """\
version 17.3
hostname R1
username u privilege 15 secret 0 cisco
interface GigabitEthernet1
 ip address 192.0.2.1 255.255.255.0
interface Tunnel0
end
"""


@pytest.fixture
def session() -> Session:
    return Console.boot(Network(1), "r1", CONFIG).open("u", 15, length=0)


def screen(session: Session, typed: str) -> str:
    """Type and give the screen with bare newlines."""
    return session.feed(typed.encode()).decode().replace("\r\n", "\n")


# Hints of a grammar


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", ("clear", "show")),
        ("s", ("show",)),
        ("show ", ("ip", "version")),
        ("show ip ", ("A.B.C.D", "brief", "<cr>")),
        ("show ip b", ("brief",)),
        ("sh ip b ", ("<cr>",)),
        ("show ip 10.0.0.1 ", ("<1-9>",)),
        ("show ip 10.0.0.1 3 ", ("<cr>",)),
        ("show ip 10.0.0.1 30 ", ()),
        ("clear ", ("all", "some")),
        ("clear some ", ("a", "b")),
        ("clear some a ", ("b", "<cr>")),
        ("frobnicate ", ()),
    ],
)
def test_hints_are_what_the_rows_take(typed: str, words: tuple[str, ...]) -> None:
    rows = ("show version", "show ip [brief]", "show ip <a:ip> <n:1-9>")
    grammar = Grammar([(row, row) for row in (*rows, "clear all", "clear some <k:several(a,b)>")])
    assert grammar.hints(typed).words == words


@given(st.text(alphabet="show ip nhrp|10.<>[]", max_size=30), st.sampled_from(list(TABLES.modes)))
def test_hints_answer_any_text(text: str, mode: str) -> None:
    assert TABLES.hints(mode, text).words is not None


@given(st.data())
def test_a_hinted_keyword_never_spoils_a_line(data: st.DataObject) -> None:
    """Follow hints at random: the words lead to `<cr>` or to more words, never to nothing."""
    line = ""
    for _ in range(12):
        hints = TABLES.hints("interface", line)
        assert hints.words, line
        word = data.draw(st.sampled_from(hints.words))
        if word == "<cr>":
            TABLES.read("interface", line.strip())
            return
        if word.startswith("<") or word[0].isupper():
            return
        line += word + " "


# The question mark and Tab


def test_a_question_mark_lists_the_next_words_at_once(session: Session) -> None:
    assert screen(session, "show ip nhrp nhs ?") == (
        "show ip nhrp nhs ?\n"
        + "".join(f"  {kind}\n" for kind in sorted(_interfaces()))
        + "  detail\n  |\n  <cr>\n\nR1#show ip nhrp nhs "
    )
    assert screen(session, "\n").startswith("\n")


def _interfaces() -> tuple[str, ...]:
    from labs.twin.grammar import INTERFACE_KINDS

    return INTERFACE_KINDS


def test_a_question_mark_behind_a_word_completes_it(session: Session) -> None:
    assert screen(session, "sh?") == "sh?\nshow\n\nR1#sh"
    assert screen(session, " cloc\t") == " cloc\nR1#sh clock "
    assert "UTC" in screen(session, "\n")
    assert screen(session, "wr?\x15").endswith("write\n\nR1#wr\b\b  \b\b")


def test_a_question_mark_behind_nonsense(session: Session) -> None:
    assert screen(session, "shw ?") == "shw ?\n% Unrecognized command\nR1#shw "
    assert screen(session, "\x15c ?").endswith('% Ambiguous command:  "c "\nR1#c ')


def test_help_in_configuration_modes(session: Session) -> None:
    screen(session, "configure terminal\n")
    assert screen(session, "?").startswith("?\nConfigure commands:\n")
    screen(session, "interface Tunnel0\n")
    shown = screen(session, "?")
    assert "Interface configuration commands:\n" in shown
    assert "\n  tunnel\n" in shown
    assert "\n  no\n" in shown
    assert screen(session, "no ip nhrp holdtime ?").endswith(
        "\n  <1-65535>\n  <cr>\n\nR1(config-if)#no ip nhrp holdtime "
    )
    assert "\n  clock\n" in screen(session, "\x15do show ?")
    assert "  <0-2147483647>\n" in screen(session, "\x15tunnel source Loopback ?")


def test_help_of_pipes(session: Session) -> None:
    assert "  include\n" in screen(session, "show clock | ?")
    assert screen(session, "\x15show clock | inc?").endswith("include\n\nR1#show clock | inc")
    assert "  LINE\n" in screen(session, " ?")


def test_a_question_mark_can_be_typed_after_ctrl_v(session: Session) -> None:
    screen(session, "configure terminal\ninterface Tunnel0\n")
    screen(session, "description why\x16?\n")
    assert "description why?\n" in session.execute("do show running-config")


def test_a_question_mark_of_a_password_is_a_character() -> None:
    console = Console.boot(Network(1), "r1", "enable secret 0 a?b\nend\n")
    session = console.open("u", 1, length=0)
    screen(session, "enable\n")
    assert screen(session, "a?b\n") == "\nRouter#"


def test_long_help_is_paged_and_the_line_comes_back(session: Session) -> None:
    session.length = 10
    assert screen(session, "show ?").endswith(" --More-- ")
    assert screen(session, "q").endswith("R1#show ")
    assert "UTC" in screen(session, "clock\n")


# Keys


@pytest.mark.parametrize(
    ("keys", "line"),
    [
        ("shw\x02o", "show"),
        ("shw\x1b[Do", "show"),
        ("shw\x1bODo", "show"),
        ("how\x01s\x05 x", "show x"),
        ("show xy\x02\x04", "show x"),
        ("show clock\x1bb\x0b", "show "),
        ("show clock\x01\x1bf\x0b", "show"),
        ("show clock\x01\x1bd", " clock"),
        ("no show\x02\x02\x02\x02\x18", "show"),
        ("hsow\x01\x06\x14", "show"),
        ("show \x15\x19x", "show x"),
        ("ab\x1b[3", "ab"),
        ("x\x1b\x1b[Ay", "xy"),
    ],
)
def test_editing_keys(session: Session, keys: str, line: str) -> None:
    screen(session, keys)
    assert session.keys.text == line


def test_an_arrow_may_come_in_pieces(session: Session) -> None:
    for piece in ("shw", "\x1b", "[", "D", "o"):
        screen(session, piece)
    assert session.keys.text == "show"


def test_history_goes_back_and_forth(session: Session) -> None:
    screen(session, "show clock\nshow privilege\n")
    assert screen(session, "\x10") == "show privilege"
    screen(session, "\x10\x10\x10")
    assert session.keys.text == "show clock"
    screen(session, "\x1b[B")
    assert session.keys.text == "show privilege"
    screen(session, "\x0e")
    assert session.keys.text == ""


def test_redraw_shows_the_line_again(session: Session) -> None:
    assert screen(session, "show cl\x02\x12") == "show cl\b\nR1#show cl\b"


def test_the_screen_shows_what_the_line_holds(session: Session) -> None:
    """Play the echo on a screen of one line."""
    line, at = "", 0
    keys = "shw clock\x01\x06\x06o\x1bf\x0b\x19\x02\x02\x14\x17x\x10"
    for char in session.feed(keys.encode()).decode():
        if char == "\b":
            at -= 1
            continue
        line, at = line[:at] + char + line[at + 1 :], at + 1
    assert line.rstrip() == session.keys.text.rstrip()


# Pipes into files


def test_redirect_append_and_tee(session: Session) -> None:
    assert session.execute("show privilege | redirect bootflash:a") == ""
    assert session.execute("show privilege | append bootflash:a") == ""
    said = "Current privilege level is 15\n"
    assert session.execute("more bootflash:a") == said * 2
    assert session.execute("show privilege | tee bootflash:a") == said
    assert session.execute("show privilege | tee /append bootflash:a") == said
    assert session.execute("more bootflash:a") == said * 2
    assert "% Incomplete" in session.execute("show privilege | redirect")
    assert "% Invalid input" in session.execute("show privilege | redirect a b")
    assert "%Error" in session.execute("show privilege | redirect nowhere:a")
