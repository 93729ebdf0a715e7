"""A worker and a client of another language: a timer, an activity, a signal and a query."""

import asyncio
import os
import sys
from datetime import timedelta

from temporalio import activity, workflow
from temporalio.client import Client
from temporalio.worker import Worker


@activity.defn
async def greet(name: str) -> str:
    return f"Hello, {name}!"


@workflow.defn
class Greeting:
    def __init__(self) -> None:
        self.state = "sleeping"
        self.name = ""

    @workflow.run
    async def run(self) -> str:
        await asyncio.sleep(0.2)
        self.state = "waiting"
        await workflow.wait_condition(lambda: self.name != "")
        result = await workflow.execute_activity(
            greet, self.name, start_to_close_timeout=timedelta(seconds=10)
        )
        self.state = "done"
        return result

    @workflow.signal
    def call(self, name: str) -> None:
        self.name = name

    @workflow.query
    def now(self) -> str:
        return self.state


async def main(address: str, year: bool) -> None:
    client = await Client.connect(address)
    async with Worker(client, task_queue="python", workflows=[Greeting, Year], activities=[greet]):
        if year:
            print(await client.execute_workflow(Year.run, id="python-year", task_queue="python"))
            return
        handle = await client.start_workflow(Greeting.run, id="python-greeting", task_queue="python")
        while await handle.query(Greeting.now) != "waiting":
            await asyncio.sleep(0.05)
        await handle.signal(Greeting.call, "Ada")
        print(await handle.result())
        print(await handle.query(Greeting.now))


@workflow.defn
class Year:
    @workflow.run
    async def run(self) -> str:
        await asyncio.sleep(365 * 86400)
        return "a year later"


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], len(sys.argv) > 2))
    sys.stdout.flush()
    # The interpreter may crash while it ends if a thread of the SDK still holds on to it.
    os._exit(0)
