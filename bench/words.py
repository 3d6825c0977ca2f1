"""What the people of the seeded world are called and what they say, all of it short and harmless."""

import hashlib
import zlib
from dataclasses import dataclass

import numpy as np

from domain.entities import entities
from kit import ids


def split(text: str) -> list[str]:
    """The words of a text."""
    return text.split()


FIRST = split("""
ada alan amina ana anton aoife asha ben bodil carla chidi chloe dana dario devi elif emil emma enzo esme farah
finn freya gita hana hugo ida imani ines ivan jonas kaito karim kira lars leila lena lino luca maja malik mara
mei mila nadia nico nina noor olga omar otto paula pia priya rana rafa remy rosa sana sami selma sofia tariq
tessa theo tomas uma vera viktor wanda xenia yara yuki zainab zoe
""")
LAST = split("""
abbott adler ahmed akita alba andersson bauer berg bianchi blanc borg brandt castro chen costa dahl diaz dietz
duarte engel eriksen faber falk ferrari flores fontaine fuchs garcia gruber haas hansen hoffmann ito jansen
keller khan kim klein kovacs kumar lange larsen laurent lindqvist lopez marino martin meyer moreau mori
nakamura navarro nguyen novak okafor olsen ortiz park patel petrov ramos reyes ricci rossi roux sato schmidt
silva singh soto stein suzuki tanaka vega virtanen vogel wagner weber wolf yilmaz zhang
""")
THINGS = split("""
morning evening harbour bridge forest river garden market rooftop window kitchen street station mountain lake
island lighthouse meadow desert canyon waterfall library museum alley courtyard balcony pier cliff orchard
vineyard snow rain fog storm sunrise sunset moon stars clouds spring summer autumn winter coffee bread soup
noodles bicycle train ferry tram dog cat heron fox owl bees tulips ferns moss birch cedar film portrait shadow
silhouette reflection colour monochrome texture pattern detail
""")
MOODS = split("""
quiet golden slow early late windy soft loud bright small tall hidden favourite familiar strange cold warm
first last long
""")
REMARKS = """what a light|so good|where is this?|I was there last year|the colours!|love the mood of this one|beautiful
|how long did you wait for it?|this made my day|I can almost smell it|such a calm picture|more of these, please
|the reflection is perfect|wow|a postcard|that sky|which lens?|we should go there|saved for later|so peaceful
|you have an eye for this|this belongs on a wall|the second look is even better|I miss this place""".replace(
    "\n", ""
).split("|")


@dataclass(frozen=True)
class Caption:
    """A caption, and the hashtags in it as the domain spells them."""

    text: str
    hashtags: tuple[str, ...]


def captions(random: np.random.Generator, count: int) -> list[Caption]:
    """Captions, of which about half have one to three hashtags; the first of THINGS are the most popular tags."""
    popularity = 1 / np.arange(1, len(THINGS) + 1)
    popularity /= popularity.sum()
    made = []
    for _ in range(count):
        mood, other = random.choice(MOODS, 2)
        thing = random.choice(THINGS)
        text = f"A {mood} {thing}, and then a {other} walk home."
        if random.random() < 0.5:
            tags = random.choice(THINGS, int(random.integers(1, 4)), replace=False, p=popularity)
            text += "".join(f" #{tag.title()}" for tag in tags)
        made.append(Caption(text, tuple(entities(text).hashtags)))
    return made


def hashtag_shard(name: str) -> int:
    """Where the hashtag of this name lives."""
    return zlib.crc32(name.encode()) % ids.SHARDS


@dataclass(frozen=True)
class Place:
    """A place with coordinates; `digest` is what the domain finds it by."""

    name: str
    latitude: float
    longitude: float

    @property
    def digest(self) -> str:
        """As domain.posts.places makes it."""
        return hashlib.sha256(repr((self.name, self.latitude, self.longitude)).encode()).hexdigest()

    @property
    def shard(self) -> int:
        """Where it lives."""
        return zlib.crc32(self.digest.encode()) % ids.SHARDS


def places(random: np.random.Generator, count: int) -> list[Place]:
    """Places all over the world."""
    return [
        Place(
            f"{str(random.choice(LAST)).title()} {str(random.choice(THINGS)).title()} {n + 1}",
            round(float(random.uniform(-60, 70)), 5) + 0.0,
            round(float(random.uniform(-180, 180)), 5) + 0.0,
        )
        for n in range(count)
    ]
