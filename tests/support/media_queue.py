"""Claims of the media queue that must skip owners."""

from clients.postgres import Database
from domain.media.queue import Kind, Lane, claim

QUICK: Lane = ((Kind.QUICK_PHOTO,),)


async def claim_of_others(db: Database) -> None:
    """A claim where all who have waited longest have had their share: the accounts that wait are visited."""
    oldest = await db.fetch("SELECT owner_id FROM uploads WHERE status = 'PROCESSING' ORDER BY id LIMIT 400")
    served = [record["owner_id"] for record in oldest]
    job = await claim(db, QUICK, served, 2)
    assert job is not None
    assert job.owner_id not in served
