//! Pages of lists.

use tonic::Status;

use super::v1;

/// The default page size.
const DEFAULT: usize = 100;

/// The largest page size.
const MOST: usize = 1000;

/// The request of a page.
#[derive(Clone, Copy)]
pub(super) struct Page {
    size: usize,
    /// The number of the last item before the page.
    after: u64,
}

/// One page of a list.
pub(super) struct Part<T> {
    pub(super) items: Vec<T>,
    pub(super) next: String,
    pub(super) total: u64,
}

impl Page {
    pub(super) fn read(page: Option<v1::Page>) -> Result<Self, Status> {
        let page = page.unwrap_or_default();
        let size = match usize::try_from(page.size) {
            Ok(0) => DEFAULT,
            Ok(size) => size.min(MOST),
            Err(_) => MOST,
        };
        let after = match &*page.token {
            "" => 0,
            token => token.parse().map_err(|_| {
                Status::invalid_argument(
                    "unknown page token: send the `next_page_token` of the previous page, or none",
                )
            })?,
        };
        Ok(Self { size, after })
    }

    /// Returns the page of a list that is ordered by number.
    pub(super) fn of<T>(self, all: Vec<T>, number: impl Fn(&T) -> u64) -> Part<T> {
        let total = all.len() as u64;
        let mut rest = all.into_iter().filter(|item| number(item) > self.after);
        let items: Vec<_> = rest.by_ref().take(self.size).collect();
        let next = match (items.last(), rest.next()) {
            (Some(last), Some(_)) => number(last).to_string(),
            _ => String::new(),
        };
        Part { items, next, total }
    }
}
