//! Boards, checked with the model in Grafana's foundation SDK.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use super::{
    folder,
    generate::{Links, files},
};
use crate::support::backend;

#[test]
fn boards_fit_the_model_of_grafanas_foundation_sdk() {
    let python = Command::new(backend("grafana")).output().unwrap();
    let python = String::from_utf8(python.stdout).unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/model.py");
    let check = |boards: &[PathBuf]| {
        let output = Command::new(python.trim())
            .arg(&script)
            .args(boards)
            .output()
            .unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{errors}");
        String::from_utf8(output.stdout).unwrap()
    };
    let paths = files(Links::default()).into_keys();
    let boards = paths.filter(|path| path.extension().is_some_and(|kind| kind == "json"));
    let boards: Vec<_> = boards.map(|path| folder().join(path)).collect();
    assert_eq!(boards.len(), 14);
    assert_eq!(check(&boards), "");

    // The model does report mistakes.
    let text = fs::read_to_string(&boards[0]).unwrap();
    let bad =
        text.replacen("\"lineWidth\"", "\"lineWidht\"", 1)
            .replacen("\"absolute\"", "\"abs\"", 1);
    let file = std::env::temp_dir().join(crate::support::unique("board"));
    fs::write(&file, bad).unwrap();
    let said = check(std::slice::from_ref(&file));
    fs::remove_file(file).unwrap();
    assert!(
        said.contains("lineWidht: unknown") && said.contains("'abs' is no ThresholdsMode"),
        "{said}"
    );
}
