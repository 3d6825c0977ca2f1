"""The workers that there are. docs/operations.md has them as a table."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from workers import counters, fanout, index, jobs, media, notify, push, relay, repair, sqs, stories, sweeper, trends
from workers.parts import Parts


@dataclass(frozen=True)
class Worker:
    """`run` ends when it is cancelled. `needs` is the setting without which it is not run, unless it is named.

    `how_many` processes may run it at once.
    """

    run: Callable[[Parts], Awaitable[None]]
    does: str
    reads: str
    how_many: str = "any number"
    needs: str | None = None


WORKERS = {
    "relay": Worker(
        relay.run,
        "sends events and tallies to the streams, again where Valkey has lost them; puts parked work back that this "
        "version can read",
        "`outbox`, `tallies`, `parked_work`",
    ),
    "fanout": Worker(
        fanout.run, "keeps cached feeds and sets of live stories in step with events", "the stream `events`"
    ),
    "counters": Worker(counters.run, "adds tallies up, once a second", "the stream `counts`"),
    "media": Worker(media.run, "makes renditions of photos and videos, and publishes what waits for them", "`uploads`"),
    "jobs": Worker(jobs.run, "does what requests did not wait for, such as erasing an account", "`jobs`"),
    "notify": Worker(notify.run, "notifies people, and withdraws notifications", "the stream `events`"),
    "push": Worker(push.run, "sends push notifications to devices of people who are offline", "`pushes`"),
    "repair": Worker(
        repair.run,
        "compares counters and storage usage with the rows that they count, and corrects them",
        "all counters",
    ),
    "sweeper": Worker(
        sweeper.run,
        "finds uploads that no event announced, erases objects, and removes what is [too old](#retention)",
        "the bucket, `uploads`, `erasures`, and tables with old rows",
    ),
    "stories": Worker(stories.run, "removes stories that have expired", "`stories`"),
    "index": Worker(
        index.run,
        "keeps the search index in step with PostgreSQL",
        "the streams `events` and `events:index`, and all indexed rows",
        how_many="[one](#search)",
        needs="search_url",
    ),
    "trends": Worker(
        trends.run, "computes the trending hashtags; one process does, once a minute", "`taggings`", "any number"
    ),
    "sqs": Worker(sqs.run, "receives storage events from SQS", "the SQS queue", needs="sqs_queue_url"),
}
