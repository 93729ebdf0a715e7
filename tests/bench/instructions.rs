//! Runs one path a number of times, for `tests/bench/instructions` to count its instructions.

#![allow(
    missing_docs,
    unreachable_pub,
    clippy::print_stdout,
    reason = "a benchmark"
)]

mod cases;

use cases::CASES;

fn main() {
    let flags: Vec<String> = std::env::args()
        .skip(1)
        .filter(|flag| flag != "--bench")
        .collect();
    let [index, times] = &flags[..] else {
        for (index, case) in CASES.iter().enumerate() {
            println!("{index}\t{}: {}", case.group, case.name);
        }
        return;
    };
    let (Ok(index), Ok(times)) = (index.parse::<usize>(), times.parse::<u32>()) else {
        return;
    };
    if let Some(case) = CASES.get(index) {
        case.run(|body| (0..times).for_each(|_| body()));
    }
}
