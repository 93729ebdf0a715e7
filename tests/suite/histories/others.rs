//! Histories of other repositories, which this one does not hold.

use std::{env, fs, path::Path};

use super::read_all;

/// Counts what of a folder's files, and its folders', is read. What is not is named.
#[test]
#[ignore = "CHRONOSCOPE_HISTORIES names a folder of histories, such as those of other SDKs' tests"]
fn histories_of_a_folder_are_read() {
    fn look(path: &Path, read: &mut usize, refused: &mut Vec<String>) {
        if path.is_dir() {
            for entry in fs::read_dir(path).unwrap() {
                look(&entry.unwrap().path(), read, refused);
            }
            return;
        }
        match read_all(&fs::read(path).unwrap()) {
            Ok(_) => *read += 1,
            Err(error) => refused.push(format!("{}: {error}", path.display())),
        }
    }
    let folder = env::var("CHRONOSCOPE_HISTORIES").expect("CHRONOSCOPE_HISTORIES");
    for entry in fs::read_dir(folder).unwrap() {
        let (path, mut read, mut refused) = (entry.unwrap().path(), 0, Vec::new());
        look(&path, &mut read, &mut refused);
        println!("{}: {read} read, {} refused", path.display(), refused.len());
        for refused in refused {
            println!("  {refused}");
        }
    }
}
