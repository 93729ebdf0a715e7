"""Spans to an OpenTelemetry collector, in the name of a service."""

from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor


def provider(service: str, endpoint: str) -> TracerProvider:
    traces = TracerProvider(resource=Resource({SERVICE_NAME: service}))
    exporter = OTLPSpanExporter(endpoint=endpoint, insecure=True)
    traces.add_span_processor(BatchSpanProcessor(exporter))
    return traces
