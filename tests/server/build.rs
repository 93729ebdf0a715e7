//! Hands the path of the protobuf descriptors to the crate, for gRPC reflection.

fn main() {
    println!("cargo::rerun-if-env-changed=DEP_TEMPORALIO_PROTOS_DESCRIPTOR_PATH");
    if let Ok(path) = std::env::var("DEP_TEMPORALIO_PROTOS_DESCRIPTOR_PATH") {
        println!("cargo::rustc-env=TEMPORAL_DESCRIPTORS={path}");
    }
}
