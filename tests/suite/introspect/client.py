"""A client that knows nothing of the service: it asks by reflection what there is, and calls it.

    client.py ADDRESS METHOD REQUEST

It prints the services, the methods of the one that is no gRPC standard, and the method's answer to
a request in JSON.
"""

import json
import sys

import grpc
from google.protobuf import descriptor_pool, json_format, message_factory
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import (
    ProtoReflectionDescriptorDatabase,
)


def main(address: str, method: str, request: str) -> None:
    channel = grpc.insecure_channel(address)
    reflection = ProtoReflectionDescriptorDatabase(channel)
    services = sorted(reflection.get_services())
    [ours] = [name for name in services if not name.startswith("grpc.")]
    pool = descriptor_pool.DescriptorPool(reflection)
    service = pool.FindServiceByName(ours)
    called = service.methods_by_name[method]
    question = message_factory.GetMessageClass(called.input_type)
    answer = message_factory.GetMessageClass(called.output_type)
    call = (channel.unary_stream if called.server_streaming else channel.unary_unary)(
        f"/{ours}/{method}",
        request_serializer=question.SerializeToString,
        response_deserializer=answer.FromString,
    )
    answered = call(json_format.Parse(request, question()))
    if called.server_streaming:
        answered = next(answered)
    print(
        json.dumps(
            {
                "services": services,
                "methods": sorted(service.methods_by_name),
                "answer": json_format.MessageToDict(
                    answered, always_print_fields_with_no_presence=True
                ),
            }
        )
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
