"""A client whose request becomes a workflow: its trace and its baggage go along in the header.

    client.py ADDRESS NAMESPACE TASK_QUEUE WORKFLOW_TYPE WORKFLOW_ID OTLP_ENDPOINT

The workflow takes a string, and ends after its signal `approve` (no argument) and its update
`amend` (a string, answered with one). Its query `status` answers with a string at any time.
"""

import asyncio
import json
import os
import sys

from opentelemetry import baggage, context, trace
from temporalio.client import Client
from temporalio.contrib.opentelemetry import TracingInterceptor

from telemetry import provider


async def main(
    address: str, namespace: str, task_queue: str, workflow: str, id: str, endpoint: str
) -> None:
    traces = provider("python-client", endpoint)
    tracer = traces.get_tracer("client")
    client = await Client.connect(
        address, namespace=namespace, interceptors=[TracingInterceptor(tracer)]
    )
    context.attach(baggage.set_baggage("tenant", "acme"))
    with tracer.start_as_current_span("request") as span:
        handle = await client.start_workflow(
            workflow, "order-7", id=id, task_queue=task_queue, result_type=str
        )
        await handle.signal("approve")
        status = await handle.query("status", result_type=str)
        amended = await handle.execute_update("amend", "gift-wrapped", result_type=str)
        result = await handle.result()
        trace_id = trace.format_trace_id(span.get_span_context().trace_id)
    traces.shutdown()
    print(json.dumps({"result": result, "trace_id": trace_id, "status": status, "amended": amended}))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
    sys.stdout.flush()
    # The interpreter may crash while it ends if a thread of the SDK still holds on to it.
    os._exit(0)
