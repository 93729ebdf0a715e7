//! Tables of text, one below the other.

use std::io::{self, Write, stdout};

use anyhow::{Result, bail};

use crate::{
    Args,
    asked::Asked,
    fetch::{Look, Source},
    table::{Order, Table, health, tables},
};

/// The most events that are written.
const EVENTS: usize = 10;

/// Writes the tables until the given number of refreshes, or until the reader is gone.
pub async fn run(source: &mut Source, order: Order, args: &Args) -> Result<()> {
    let mut ticks = tokio::time::interval(args.interval);
    let mut done = 0;
    loop {
        ticks.tick().await;
        let mut look = source.look().await?;
        order.apply(&mut look.runs);
        let asked = match &args.why {
            Some(prefix) => Some(Asked::about(source, &look.runs, prefix).await),
            None => None,
        };
        match write(&mut stdout().lock(), &look, asked.as_ref()) {
            // `| head` has read enough.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(()),
            written => written?,
        }
        if let Some(error) = asked.and_then(|asked| asked.error) {
            bail!(error);
        }
        done += 1;
        if done == args.looks {
            return Ok(());
        }
    }
}

fn write(to: &mut impl Write, look: &Look, asked: Option<&Asked>) -> io::Result<()> {
    for table in tables(look, EVENTS)
        .into_iter()
        .chain(asked.map(Asked::table))
    {
        write_table(to, &table)?;
    }
    writeln!(to, "{}\n", health(look))?;
    to.flush()
}

fn write_table(to: &mut impl Write, table: &Table) -> io::Result<()> {
    writeln!(to, "{}", table.title)?;
    if table.rows.is_empty() {
        return Ok(());
    }
    let header: Vec<String> = table
        .columns
        .iter()
        .map(|name| (*name).to_owned())
        .collect();
    let rows = || std::iter::once(&header).chain(&table.rows);
    let width = |column: usize| rows().map(|row| row[column].chars().count()).max();
    let widths: Vec<_> = (0..header.len())
        .map(|column| width(column).unwrap_or(0))
        .collect();
    for row in rows() {
        let cells = row.iter().zip(&widths);
        let line: String = cells
            .map(|(cell, width)| format!("  {cell:width$}"))
            .collect();
        writeln!(to, "{}", line.trim_end())?;
    }
    Ok(())
}
