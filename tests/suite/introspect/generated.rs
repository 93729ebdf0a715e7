//! The generated code is that of the API's description.

use std::{fs, path::Path};

const API: &str = "chronoscope/introspect/v1/introspect.proto";

#[test]
fn generated_code_is_up_to_date() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("proto");
    let folder = std::env::temp_dir().join(crate::support::unique("chronoscope-proto"));
    fs::create_dir(&folder).unwrap();
    let compiled = |with_comments| {
        let mut compiler = protox::Compiler::new([&root]).unwrap();
        compiler
            .include_imports(true)
            .include_source_info(with_comments)
            .open_file(API)
            .unwrap();
        compiler
    };
    tonic_prost_build::configure()
        .build_transport(false)
        .emit_rerun_if_changed(false)
        .out_dir(&folder)
        .compile_fds(compiled(true).file_descriptor_set())
        .unwrap();
    let descriptors = "chronoscope.introspect.v1.bin";
    fs::write(
        folder.join(descriptors),
        compiled(false).encode_file_descriptor_set(),
    )
    .unwrap();
    let mut stale = Vec::new();
    for name in ["chronoscope.introspect.v1.rs", descriptors] {
        let (new, kept) = (folder.join(name), root.join("generated").join(name));
        if fs::read(&new).unwrap() != fs::read(&kept).unwrap_or_default() {
            fs::copy(&new, &kept).unwrap();
            stale.push(name);
        }
    }
    fs::remove_dir_all(&folder).unwrap();
    assert!(
        stale.is_empty(),
        "generated anew, to be committed: {stale:?}"
    );
}
