"""Storage events from an SQS queue of S3, if HELIOGRAPH_SQS_QUEUE_URL is set."""

import json
import logging
from typing import Any

import aioboto3

from domain.media import actions, storage_events
from workers.loop import forever
from workers.parts import Parts

log = logging.getLogger(__name__)


async def run(parts: Parts) -> None:
    """Receive events until cancelled."""
    settings = parts.settings
    async with aioboto3.Session().client(
        "sqs",
        endpoint_url=settings.sqs_endpoint,
        region_name=settings.s3_region,
        aws_access_key_id=settings.s3_access_key,
        aws_secret_access_key=settings.s3_secret_key,
    ) as sqs:
        await forever("sqs", lambda: step(parts, sqs), 0)


async def step(parts: Parts, sqs: Any) -> int:
    """Wait up to 20 s for up to ten messages and delete them once applied. Returns how many there were."""
    queue = parts.settings.sqs_queue_url
    answer = await sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10, WaitTimeSeconds=20)
    messages = answer.get("Messages", [])
    for message in messages:
        try:
            body = json.loads(message["Body"])
        except ValueError:
            log.warning("sqs: a message that is not JSON was dropped")
            body = None
        await actions.receive(parts.db, parts.live, storage_events.tokens(body, parts.settings.s3_bucket))
        await sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
    return len(messages)
