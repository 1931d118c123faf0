"""What participants of a study agree to, on top of the site's own text. A changed text is a new version."""

from webapp.accounts.consent import ConsentText, Section

CURRENT = ConsentText(
    version="study-1",
    title="Before you take part",
    sections=(
        Section(
            "What it is about",
            "Some medical pictures are made by a computer. We would like to know whether people can tell them from "
            "real ones. There are no trick questions, and nobody expects you to be good at it: that people cannot "
            "tell is a result, too.",
        ),
        Section(
            "What you do",
            "You look at pictures and say which ones a computer made. It takes about ten minutes. You can stop at any "
            "moment and go on later. At the end, and not before, you learn how many of your answers were right, "
            "roughly and all taken together.",
        ),
        Section(
            "What we store",
            "Your answers, when you gave them and how long they took, and the three things that we ask about you "
            "below. They are kept under your made-up name. Researchers get them without any name.",
        ),
        Section(
            "It is separate",
            "The pictures of a study are used in no project here, and what you answer has no effect on your points, "
            "your rounds or what we think of your other answers.",
        ),
        Section(
            "How to leave",
            "Just stop; what you answered until then is kept. On your own page you can download what is stored about "
            "you, or ask to be deleted with all your answers.",
        ),
    ),
)
