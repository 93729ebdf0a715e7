"""The time-skipping environment of another language's SDK, over a server that is there already."""

import asyncio
import os
import sys
from datetime import timedelta

from temporalio import workflow
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker


@workflow.defn
class Year:
    @workflow.run
    async def run(self) -> str:
        await asyncio.sleep(365 * 86400)
        return "a year later"


async def main(program: str) -> None:
    async with await WorkflowEnvironment.start_time_skipping(
        test_server_existing_path=program
    ) as environment:
        async with Worker(environment.client, task_queue="python", workflows=[Year]):
            before = await environment.get_current_time()
            print(
                await environment.client.execute_workflow(
                    Year.run, id="python-year", task_queue="python"
                )
            )
            after = await environment.get_current_time()
            assert after - before >= timedelta(days=365), (before, after)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
    sys.stdout.flush()
    # The interpreter may crash while it ends if a thread of the SDK still holds on to it.
    os._exit(0)
