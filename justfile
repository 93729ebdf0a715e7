# Tasks of this repository. `just` lists them.

_list:
    @just --list

# Format, lints and the house rules.
check:
    .ci/lints
    cargo test --test suite -- tidy readme

# All that Rust and a C compiler can test: on the server in the tests' own process.
test *ARGS:
    cargo test {{ARGS}}

# What that leaves out, on a real Temporal server and real backends.
real *ARGS:
    .ci/real {{ARGS}}

# The test server beside real ones and other languages' SDKs, and the worker core's own tests.
peers:
    .ci/peers
    .ci/server
    .ci/dashboards
    .ci/layers

# Random programs until stopped, with what they find in target/programs/soak.
programs *SEED:
    tests/programs/soak {{SEED}}

# Which lines of `src` the quick tier executes, with cargo-llvm-cov. Examples' executables are not found there.
coverage:
    cargo llvm-cov --no-report --no-fail-fast || true
    cargo llvm-cov report --summary-only --ignore-filename-regex '(tests|examples|dashboards|proto)/'

# One benchmark, such as `gate`, or all.
bench *NAME:
    cargo bench -p chronoscope-bench {{ if NAME == "" { "" } else { "--bench " + NAME } }}

# Makes the recorded histories anew.
record:
    CHRONOSCOPE_TESTS=real cargo test --test suite -- --ignored record_

# Generates boards, rules, runbook and the introspection service's code anew.
generate:
    cargo run -p chronoscope-dashboards
    -cargo test --test suite -- generated

# The documentation, warnings denied: as it is, and as docs.rs builds it.
doc:
    .ci/docs
    .ci/docs docs.rs

# The oldest dependencies that Cargo.toml allows.
oldest:
    .ci/minimal

# Packages both crates and prints their sizes.
package:
    cargo package --allow-dirty -p chronoscope --all-features
    cargo package --allow-dirty -p chronoscope-testserver
    ls -l target/package/*.crate

# Everything that a pull request must pass.
ci:
    .ci/run
