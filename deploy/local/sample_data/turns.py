"""What may happen to a request on its way: one function a turn, each adding its moves to the course. Delays are invented."""

from collections.abc import Callable, Mapping, Sequence

from deploy.local.sample_data.course import REQUESTED, REQUESTING, Course
from deploy.local.sample_data.shape import Shares

Turn = Callable[[Course], None]


def send(course: Course) -> None:
    """Drafted, sent a few days later."""
    channel = course.one_of("e-codex", "post", "email", "portal") if course.kind not in ("extradition", "provisional_arrest") else "diplomatic"
    course.wait(3).move(REQUESTING, "send", channel=channel)


def acknowledge(course: Course, days: float = 5) -> None:
    """Receipt is confirmed, mostly in time."""
    course.wait(days, 0.8).move(REQUESTED, "acknowledge", reference=f"S-{course.counterpart[:2].upper()} {1000 + course.number}/{course.began:%y}")


def sent_back(course: Course) -> None:
    """Deficient: sent back, mended, sent again."""
    course.wait(6).move(REQUESTED, "send_back", missing=["languages"])
    course.wait(9).move(REQUESTING, "amend", languages=["en", "fr"])
    course.wait(2).move(REQUESTING, "send", channel="post")


def forwarded(course: Course) -> None:
    """The central authority passes it on to the competent one."""
    to = {"CZ": "cz-prague", "DE": "de-bonn"}.get((course.counterpart if course.direction == "outgoing" else course.authority)[:2].upper())
    if to:
        course.wait(3).move(REQUESTED, "forward", to=to, reason="Competent for the place of the measure")


def question(course: Course) -> None:
    """Further information is asked for and given."""
    course.wait(12).move(REQUESTED, "request_information", items=["Exact period of the account statements"])
    course.wait(25, 0.7).move(REQUESTING, "supply_information", items=["Period stated"])


def second_question(course: Course) -> None:
    """Two rounds."""
    question(course)
    question(course)


def unanswered_question(course: Course) -> None:
    """A question that nobody answers for a long time."""
    course.wait(10).move(REQUESTED, "request_information", items=["Legal qualification of the facts"])
    course.wait(200).move(REQUESTING, "supply_information", items=["Qualification stated"])


def postponed(course: Course) -> None:
    """Execution waits for proceedings at home."""
    course.wait(10).move(REQUESTED, "postpone", reason="ongoing_investigation")
    course.wait(60).move(REQUESTED, "resume", reason="ongoing_investigation")


def consultation(course: Course) -> None:
    """The two sides consult."""
    course.wait(8).move(REQUESTED, "open_consultation", topic="proportionality")
    course.wait(14).move(REQUESTED, "conclude_consultation", topic="proportionality", result="The measure is limited to one year")


def translation(course: Course) -> None:
    """Work waits for a translation."""
    course.wait(4).move(REQUESTED, "await_translation", language="en")
    course.wait(20).move(REQUESTED, "receive_translation", language="en")


def still_postponed(course: Course) -> None:
    """Execution waits, nobody knows how long."""
    course.wait(15).move(REQUESTED, "postpone", reason="domestic_proceedings")
    course.wait(900, 0).move(REQUESTED, "resume", reason="domestic_proceedings")


def still_consulting(course: Course) -> None:
    """The two sides have not agreed yet."""
    course.wait(15).move(REQUESTED, "open_consultation", topic="costs")
    course.wait(900, 0).move(REQUESTED, "conclude_consultation", topic="costs")


def still_translating(course: Course) -> None:
    """The translation has not come yet."""
    course.wait(8).move(REQUESTED, "await_translation", language="fr")
    course.wait(900, 0).move(REQUESTED, "receive_translation", language="fr")


def asked(course: Course) -> None:
    """The requesting side asks how things stand; the other side answers with a note."""
    course.wait(40).move(REQUESTING, "ask_status", channel="email")
    course.wait(6).move(REQUESTED, "add_note", text="Execution is under way", internal=False)


def transmitted_again(course: Course) -> None:
    """The same papers go out once more."""
    course.wait(20).move(REQUESTING, "transmit_again", channel="post")


def conditions(course: Course) -> None:
    """The use of the results is bound, costs are claimed."""
    course.wait(5).move(REQUESTED, "attach_condition", type="speciality", text="Use in the proceedings named only")
    course.move(REQUESTED, "record_cost", type="translation", amount=f"{course.rng.randrange(80, 900)}.00", currency="EUR")


def noted(course: Course) -> None:
    """Something for the own side only."""
    course.wait(7).move(REQUESTING if course.direction == "outgoing" else REQUESTED, "add_note", text="Called the other office; no news")


def assigned(course: Course) -> None:
    """Another desk of the own side answers for it."""
    is_open_to_all = course.opening.get("confidentiality", "normal") == "normal"
    own = REQUESTING if course.direction == "outgoing" else REQUESTED
    course.move(own, "assign", desk="desk-1" if is_open_to_all else "desk-2")


def extended(course: Course) -> None:
    """The limit cannot be kept: it is extended, and a day is promised."""
    if course.opening["instrument"] == "EU-EIO":
        course.wait(12).move(REQUESTED, "extend", clock="EIO-RECOG", reason="The court is overloaded", by="P30D")
        promised = course.now.date().replace(day=28)
        course.move(REQUESTED, "promise", clock="EIO-RECOG", date=promised.isoformat(), reason="Hearing of the court")


def corrected(course: Course) -> None:
    """A reference was typed wrongly and is put right."""
    course.wait(15).later(REQUESTED, "correct", fact={"$fact": "RequestAcknowledged"}, values={"reference": f"S-{2000 + course.number}"}, reason="Mistyped")


ON_THE_WAY: Mapping[str, tuple[float, Turn]] = {
    # share of requests, turn; before the acknowledgement: sent_back, forwarded
    "assigned": (0.35, assigned),
    "question": (0.16, question),
    "second_question": (0.03, second_question),
    "unanswered_question": (0.03, unanswered_question),
    "postponed": (0.05, postponed),
    "consultation": (0.05, consultation),
    "translation": (0.05, translation),
    "still_postponed": (0.006, still_postponed),
    "still_consulting": (0.004, still_consulting),
    "still_translating": (0.006, still_translating),
    "asked": (0.10, asked),
    "transmitted_again": (0.02, transmitted_again),
    "conditions": (0.06, conditions),
    "noted": (0.08, noted),
    "extended": (0.06, extended),
    "corrected": (0.03, corrected),
}


def on_the_way(course: Course, forced: Sequence[str]) -> None:
    """Some of the turns, those of *forced* for certain."""
    for name, (share, turn) in ON_THE_WAY.items():
        if name in forced or course.chance(share):
            turn(course)


def days_to_execute(course: Course, shares: Shares) -> float:
    """Days from acknowledgement to execution, around the published means of both sides; orders are faster than letters."""
    mean = shares.days_to_execute if course.direction == "incoming" else shares.days_to_execute_partners
    return mean * {"mla": 0.6, "eio": 0.35, "service_of_documents": 0.25, "production_order": 0.05, "preservation": 0.06}.get(course.kind, 0.4)
