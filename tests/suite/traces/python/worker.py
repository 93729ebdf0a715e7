"""A worker with one activity, `ship`, which tells what reached it by way of the header.

    worker.py ADDRESS NAMESPACE TASK_QUEUE OTLP_ENDPOINT

Prints `ready` when it polls, and ends when its standard input does.
"""

import asyncio
import os
import sys

from opentelemetry import baggage, trace
from temporalio import activity
from temporalio.client import Client
from temporalio.contrib.opentelemetry import TracingInterceptor
from temporalio.converter import DataConverter
from temporalio.worker import Worker

from telemetry import provider


@activity.defn
async def ship(order: str) -> str:
    tenant = baggage.get_baggage("tenant")
    trace.get_current_span().set_attribute("tenant", str(tenant))
    return f"shipped {order} for {tenant}"


async def main(
    address: str,
    namespace: str,
    task_queue: str,
    endpoint: str,
    converter: DataConverter = DataConverter.default,
) -> None:
    traces = provider("python-worker", endpoint)
    client = await Client.connect(
        address,
        namespace=namespace,
        data_converter=converter,
        interceptors=[TracingInterceptor(traces.get_tracer("worker"))],
    )
    async with Worker(client, task_queue=task_queue, activities=[ship]):
        print("ready", flush=True)
        await asyncio.to_thread(sys.stdin.read)
    traces.shutdown()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
    sys.stdout.flush()
    # The interpreter may crash while it ends if a thread of the SDK still holds on to it.
    os._exit(0)
