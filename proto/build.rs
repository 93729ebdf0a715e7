//! Hands the path of Temporal's protobuf descriptors to the crate, which reads histories by them.

fn main() {
    println!("cargo::rerun-if-env-changed=DEP_TEMPORALIO_PROTOS_DESCRIPTOR_PATH");
    if let Ok(path) = std::env::var("DEP_TEMPORALIO_PROTOS_DESCRIPTOR_PATH") {
        println!("cargo::rustc-env=TEMPORAL_DESCRIPTORS={path}");
    }
}
