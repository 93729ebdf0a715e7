//! The tables on a terminal, redrawn at each refresh and each key.

use anyhow::Result;
use ratatui::{
    DefaultTerminal, Frame,
    crossterm::event::{self, Event, KeyCode, KeyEventKind, KeyModifiers},
    layout::{Constraint, Layout, Rect},
    style::{Color, Modifier, Style},
    text::Line,
    widgets::{Block, Borders, Row, Table as Widget},
};
use tokio::sync::mpsc;

use crate::{
    Args,
    asked::Asked,
    fetch::{Look, Source},
    table::{Order, Table, health, tables},
};

/// The help on keys.
const KEYS: &str =
    "q quits   s sorts by the next column   r reverses the order   w asks the server why";

/// Redraws the tables until the given number of refreshes or until `q` is pressed.
pub async fn run(source: &mut Source, order: Order, args: &Args) -> Result<()> {
    let mut terminal = ratatui::try_init()?;
    let done = show(&mut terminal, source, order, args).await;
    ratatui::restore();
    done
}

async fn show(
    terminal: &mut DefaultTerminal,
    source: &mut Source,
    mut order: Order,
    args: &Args,
) -> Result<()> {
    let mut keys = keys();
    let mut ticks = tokio::time::interval(args.interval);
    let mut look = source.look().await?;
    let (mut done, mut asked, mut asks) = (0, None, args.why.is_some());
    let prefix = args.why.as_deref().unwrap_or_default();
    loop {
        order.apply(&mut look.runs);
        if std::mem::take(&mut asks) {
            asked = Some(Asked::about(source, &look.runs, prefix).await);
        }
        terminal.draw(|frame| draw(frame, &look, asked.as_ref(), order))?;
        tokio::select! {
            key = keys.recv() => match key {
                Some(KeyCode::Char('s')) => order.sort = order.sort.next(),
                Some(KeyCode::Char('r')) => order.reverse = !order.reverse,
                Some(KeyCode::Char('w')) => asks = true,
                Some(KeyCode::Char('q')) | None => return Ok(()),
                Some(_) => {}
            },
            _ = ticks.tick() => {
                if args.looks > 0 && done == args.looks {
                    return Ok(());
                }
                done += 1;
                look = source.look().await?;
            }
        }
    }
}

/// Reads keys on a separate thread, since reading blocks.
fn keys() -> mpsc::Receiver<KeyCode> {
    let (sender, receiver) = mpsc::channel(16);
    std::thread::spawn(move || {
        while let Ok(event) = event::read() {
            let Event::Key(key) = event else {
                continue;
            };
            if key.kind != KeyEventKind::Press {
                continue;
            }
            let ends = key.modifiers.contains(KeyModifiers::CONTROL);
            let code = match key.code {
                KeyCode::Char('c') if ends => KeyCode::Char('q'),
                code => code,
            };
            if sender.blocking_send(code).is_err() {
                return;
            }
        }
    });
    receiver
}

fn draw(frame: &mut Frame<'_>, look: &Look, asked: Option<&Asked>, order: Order) {
    let lines = |rows: usize| u16::try_from(rows).unwrap_or(u16::MAX).saturating_add(3);
    let all = tables(look, usize::from(frame.area().height));
    let asked = asked.map(Asked::table);
    let asked_for = asked.as_ref().map_or(0, |table| lines(table.rows.len()));
    let areas = Layout::vertical([
        Constraint::Length(1),
        Constraint::Max(lines(all[0].rows.len())),
        Constraint::Fill(3),
        Constraint::Fill(2),
        Constraint::Fill(2),
        Constraint::Max(asked_for),
        Constraint::Length(1),
    ])
    .split(frame.area());
    let turned = if order.reverse { ", reversed" } else { "" };
    let head = format!("runs by {:?}{turned}   {KEYS}", order.sort).to_lowercase();
    frame.render_widget(Line::from(head), areas[0]);
    for (table, area) in all.iter().chain(&asked).zip(&areas[1..6]) {
        render(frame, table, *area);
    }
    frame.render_widget(Line::from(health(look)), areas[6]);
}

fn render(frame: &mut Frame<'_>, table: &Table, area: Rect) {
    let header = Row::new(table.columns.iter().copied());
    let header = header.style(Style::new().add_modifier(Modifier::BOLD));
    let rows = table.rows.iter().map(|row| {
        let is_stuck = row.iter().any(|cell| cell.starts_with("stuck"));
        let style = if is_stuck {
            Style::new().fg(Color::Red)
        } else {
            Style::new()
        };
        Row::new(row.iter().map(String::as_str)).style(style)
    });
    let width = |column: usize| {
        let cells = table.rows.iter().map(|row| row[column].chars().count());
        let widest = cells.max().unwrap_or(0).max(table.columns[column].len());
        Constraint::Max(u16::try_from(widest).unwrap_or(u16::MAX))
    };
    let widths: Vec<_> = (0..table.columns.len()).map(width).collect();
    let block = Block::new()
        .borders(Borders::TOP)
        .title(table.title.as_str());
    let widget = Widget::new(rows, widths).header(header).block(block);
    frame.render_widget(widget, area);
}
