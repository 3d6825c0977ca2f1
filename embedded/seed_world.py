"""The demo world: its users, follows, posts and stories. Seeded by `python -m embedded.seed`."""

from dataclasses import dataclass

PASSWORD = "heliograph"

Palette = tuple[tuple[int, int, int], ...]

DUSK: Palette = ((38, 46, 96), (146, 84, 130), (240, 140, 110), (255, 214, 150), (24, 22, 46))
MORNING: Palette = ((92, 150, 206), (168, 204, 226), (240, 226, 206), (255, 244, 214), (28, 58, 66))
ROSE: Palette = ((74, 72, 128), (196, 128, 160), (250, 200, 186), (255, 236, 206), (46, 34, 66))
STORM: Palette = ((40, 52, 64), (92, 112, 122), (178, 186, 176), (236, 232, 206), (20, 30, 34))
NIGHT: Palette = ((6, 10, 34), (12, 30, 66), (30, 62, 90), (96, 240, 170), (4, 10, 16))
VIOLET_NIGHT: Palette = ((14, 6, 40), (34, 20, 76), (60, 50, 110), (214, 130, 240), (8, 4, 18))
FIRE: Palette = ((6, 4, 20), (60, 14, 70), (190, 50, 60), (250, 160, 60), (255, 246, 200))
LAGOON: Palette = ((8, 20, 40), (10, 80, 110), (60, 170, 170), (230, 240, 210))
INK: Palette = ((16, 18, 34), (62, 60, 98), (200, 130, 140), (250, 226, 200))
MOSS: Palette = ((14, 32, 20), (40, 84, 44), (120, 150, 60), (220, 214, 140))
PEBBLE: Palette = ((26, 26, 32), (92, 90, 92), (170, 160, 146), (232, 224, 206))
LANTERNS: Palette = ((30, 16, 44), (255, 170, 80), (255, 90, 120), (120, 160, 255))
RAIN: Palette = ((10, 24, 38), (90, 200, 255), (255, 210, 120), (120, 255, 210))


@dataclass(frozen=True)
class Person:
    """A user; they follow those named in `follows`, or send requests to private ones.

    A private user has accepted the requests of `accepts`; others wait.
    """

    username: str
    name: str
    birth_date: str
    follows: tuple[str, ...]
    bio: str
    private: bool = False
    accepts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Picture:
    """`scene` of seed_pictures in the colours of `palette`; `tall` for an upright one, and a film where it `moves`."""

    scene: str
    palette: Palette
    alt_text: str
    tall: bool = False
    moves: bool = False

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return (1080, 1350) if self.tall else (1440, 1080)


@dataclass(frozen=True)
class Post:
    """`place` is one of PLACES. `caption` is also what the seeder knows a post by, so no author has two alike.

    `comments` are (who, what) in the order in which they are said; one that begins with ">" answers the one before.
    """

    author: str
    caption: str
    pictures: tuple[Picture, ...]
    place: str | None = None
    liked_by: tuple[str, ...] = ()
    comments: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Story:
    """A picture that is shown for 24 hours."""

    author: str
    picture: Picture
    audience: str = "FOLLOWERS"


PEOPLE = (
    Person(
        "ada",
        "Ada Winter",
        "1990-12-10",
        ("grace", "hedy", "jun", "mary", "noor", "tomas"),
        "Counts waves and mountains.",
    ),
    Person("grace", "Grace Okafor", "1992-12-09", ("ada", "hedy", "mary", "luis"), "Always early, often wet."),
    Person("hedy", "Hedy Brandt", "1994-11-09", ("ada", "grace", "jun"), "Patterns, mostly blue."),
    Person("jun", "Jun Tanaka", "1996-03-21", ("ada", "noor", "tomas", "luis"), "Night owl. #aurora"),
    Person(
        "luis",
        "Luis Ferreira",
        "1991-07-02",
        ("ada", "grace", "hedy", "jun", "mary"),
        "Rooftops of @ada and everybody else.",
    ),
    Person("mary", "Mary Sol", "1993-05-17", ("ada", "grace", "noor"), "Ink on everything."),
    Person("noor", "Noor Haddad", "1998-01-30", ("ada", "jun", "tomas"), "For friends only.", True, ("ada", "jun")),
    Person("tomas", "Tomas Lind", "1995-09-04", ("ada", "grace", "noor", "luis"), "Up before the sun."),
)

PLACES = {
    "The eastern ridge": (46.5, 9.9),
    "The old hotel": (38.71, -9.14),
    "Lake of the ridge": (46.43, 9.76),
}
"""Latitude and longitude of each place, in degrees."""

STORIES = (
    Story("ada", Picture("sea", MORNING, "A pale sea in the morning", tall=True)),
    Story("ada", Picture("hills", ROSE, "Hills under a pink sky", tall=True)),
    Story("jun", Picture("night", VIOLET_NIGHT, "Violet northern lights", tall=True)),
    Story("hedy", Picture("plasma", LAGOON, "Blue folds", tall=True)),
    Story("mary", Picture("bokeh", LANTERNS, "Lanterns, out of focus", tall=True), "CLOSE_FRIENDS"),
)

POSTS = (
    Post(
        "tomas",
        "Up at four for this. Worth it. #goldenhour",
        (Picture("hills", MORNING, "Rows of hills under a pale sun"),),
        place="The eastern ridge",
        liked_by=("ada", "grace", "jun"),
    ),
    Post("noor", "The sea was so quiet tonight.", (Picture("sea", DUSK, "The sun low over a calm sea"),)),
    Post(
        "luis",
        "Home, from the roof of the old hotel. #city #dusk #goldenhour",
        (
            Picture("city", DUSK, "Houses with lit windows at dusk"),
            Picture("city", ROSE, "The same houses under a pink sky", tall=True),
        ),
        place="The old hotel",
    ),
    Post(
        "jun",
        "First lights of the year! 今年第一道极光 #aurora #nightlights",
        (Picture("night", NIGHT, "Green northern lights over a ridge"),),
        place="Lake of the ridge",
    ),
    Post(
        "mary", "Marbling class, third attempt. #closeup", (Picture("plasma", FIRE, "Folds of orange, red and violet"),)
    ),
    Post(
        "hedy",
        "Zoomed in until my laptop begged me to stop. #fractals",
        (
            Picture("mandelbrot", LAGOON, "A corner of the Mandelbrot set in blue"),
            Picture("mandelbrot", FIRE, "A journey into another corner of it, in violet and red", moves=True),
        ),
    ),
    Post(
        "grace",
        "Waiting for the bus in the rain. #nightlights #closeup",
        (Picture("bokeh", RAIN, "Street lights, out of focus"),),
    ),
    Post(
        "ada",
        "Three mornings, three moods. #mountains #goldenhour",
        (
            Picture("hills", ROSE, "Hills in a pink dawn"),
            Picture("hills", STORM, "Hills under a grey sky"),
            Picture("hills", DUSK, "Hills before a violet sky", tall=True),
        ),
        place="The eastern ridge",
        liked_by=("grace", "hedy", "jun", "luis", "mary", "tomas"),
        comments=(
            ("tomas", "The second one! Is that from the #ridge?"),
            ("ada", "> It is, @tomas. Ten minutes before the rain."),
            ("mary", "Printing the first for my wall."),
        ),
    ),
    Post("tomas", "Moss, very close. #closeup", (Picture("stones", MOSS, "Green cushions of moss", tall=True),)),
    Post("noor", "Storm light over the bay, it lasted a minute.", (Picture("sea", STORM, "A grey sea, a pale sun"),)),
    Post(
        "luis",
        "Lantern festival, take two: this time with the tripod. #nightlights #closeup",
        (
            Picture("bokeh", LANTERNS, "Orange and pink lanterns"),
            Picture("bokeh", LANTERNS, "More lanterns", tall=True),
        ),
    ),
    Post("mary", "Ink in water. No filter, I promise.", (Picture("plasma", INK, "Violet ink, pink where it is thin"),)),
    Post(
        "jun",
        "And then the sky went purple. #goldenhour",
        (Picture("night", VIOLET_NIGHT, "Violet northern lights", tall=True),),
    ),
    Post(
        "grace",
        "Pebbles from the beach, sorted by mood. #closeup #goldenhour",
        (Picture("stones", PEBBLE, "Grey and sand-coloured pebbles"),),
    ),
    Post(
        "hedy",
        "Silk for the stage curtain, first samples. #closeup",
        (Picture("plasma", LAGOON, "Folds of blue and green silk"),),
    ),
    Post(
        "ada",
        "Last ferry home with @grace.",
        (Picture("sea", ROSE, "A pink sea at dusk"), Picture("sea", MORNING, "The same sea the next morning")),
        liked_by=("grace", "luis", "noor"),
        comments=(("grace", "We nearly missed it!"), ("ada", "> We always nearly miss it.")),
    ),
)
