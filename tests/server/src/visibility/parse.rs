//! Reading a query.

use super::{fit::fit, value::Value};
use crate::proto::enums::IndexedValueType;

/// How a value is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Comparison {
    Equal,
    NotEqual,
    Less,
    NotMore,
    More,
    NotLess,
    StartsWith,
}

/// Which runs are looked for.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Filter {
    All,
    And(Box<Filter>, Box<Filter>),
    Or(Box<Filter>, Box<Filter>),
    Not(Box<Filter>),
    IsNull(String),
    Compare(String, Comparison, Value),
    In(String, Vec<Value>),
    Between(String, Value, Value),
}

#[derive(Clone, Debug, PartialEq)]
enum Word {
    Name(String),
    Text(String),
    Number(f64),
    Sign(&'static str),
}

/// Parentheses may be as deep as this.
const DEEPEST: usize = 50;

/// Reads a query; the second part is what counts are grouped by.
///
/// `known` says of which kind the values of a search attribute are, if there is one of that name.
pub(crate) fn parse(
    query: &str,
    known: &dyn Fn(&str) -> Option<IndexedValueType>,
) -> Result<(Filter, Option<String>), String> {
    let mut reader = Reader {
        words: split(query)?,
        at: 0,
        known,
        depth: 0,
    };
    let grouped = reader.is_keyword(0, "GROUP");
    let filter = if reader.words.is_empty() || grouped || reader.is_keyword(0, "ORDER") {
        Filter::All
    } else {
        reader.any()?
    };
    let group = if reader.keyword("GROUP") {
        reader.expect("BY")?;
        Some(reader.field()?.0)
    } else {
        None
    };
    match reader.words.get(reader.at) {
        Some(word) => Err(format!("unexpected {word:?}")),
        None => Ok((filter, group)),
    }
}

const SIGNS: [&str; 10] = ["!=", "<>", "<=", ">=", "=", "<", ">", "(", ")", ","];

fn split(query: &str) -> Result<Vec<Word>, String> {
    let (mut words, mut rest) = (Vec::new(), query.trim_start());
    while let Some(first) = rest.chars().next() {
        let length = if let Some(sign) = SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
            words.push(Word::Sign(sign));
            sign.len()
        } else if matches!(first, '\'' | '"') {
            let inner = rest.get(1..).unwrap_or("");
            let end = inner.find(first).ok_or("a text does not end")?;
            words.push(Word::Text(inner.get(..end).unwrap_or("").to_owned()));
            end + 2
        } else {
            let part =
                |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '`' | ':' | '+');
            let end = rest.find(|c| !part(c)).unwrap_or(rest.len());
            if end == 0 {
                return Err(format!("unexpected {first:?}"));
            }
            let word = rest.get(..end).unwrap_or("").trim_matches('`');
            words.push(match word.parse() {
                Ok(number) if !word.starts_with(char::is_alphabetic) => Word::Number(number),
                _ => Word::Name(word.to_owned()),
            });
            end
        };
        rest = rest.get(length..).unwrap_or("").trim_start();
    }
    Ok(words)
}

/// A search attribute and the kind of its values.
type Field = (String, IndexedValueType);

struct Reader<'a> {
    words: Vec<Word>,
    at: usize,
    known: &'a dyn Fn(&str) -> Option<IndexedValueType>,
    depth: usize,
}

impl Reader<'_> {
    fn is_keyword(&self, ahead: usize, keyword: &str) -> bool {
        matches!(self.words.get(self.at + ahead), Some(Word::Name(name)) if name.eq_ignore_ascii_case(keyword))
    }

    fn keyword(&mut self, keyword: &str) -> bool {
        let found = self.is_keyword(0, keyword);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, keyword: &str) -> Result<(), String> {
        match self.keyword(keyword) {
            true => Ok(()),
            false => Err(format!("expected {keyword}")),
        }
    }

    fn sign(&mut self, sign: &str) -> bool {
        let found = matches!(self.words.get(self.at), Some(Word::Sign(found)) if *found == sign);
        self.at += usize::from(found);
        found
    }

    fn any(&mut self) -> Result<Filter, String> {
        let mut left = self.all()?;
        while self.keyword("OR") {
            left = Filter::Or(Box::new(left), Box::new(self.all()?));
        }
        Ok(left)
    }

    fn all(&mut self) -> Result<Filter, String> {
        let mut left = self.one()?;
        while self.keyword("AND") {
            left = Filter::And(Box::new(left), Box::new(self.one()?));
        }
        Ok(left)
    }

    fn one(&mut self) -> Result<Filter, String> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err("too deep".to_owned());
        }
        let filter = if self.keyword("NOT") {
            Filter::Not(Box::new(self.one()?))
        } else if self.sign("(") {
            let inner = self.any()?;
            if !self.sign(")") {
                return Err("expected )".to_owned());
            }
            inner
        } else {
            self.condition()?
        };
        self.depth -= 1;
        Ok(filter)
    }

    fn field(&mut self) -> Result<Field, String> {
        let Some(Word::Name(name)) = self.words.get(self.at) else {
            return Err("expected the name of a search attribute".to_owned());
        };
        let Some(kind) = (self.known)(name) else {
            return Err(format!("invalid search attribute: {name}"));
        };
        self.at += 1;
        Ok((name.clone(), kind))
    }

    fn condition(&mut self) -> Result<Filter, String> {
        let field = self.field()?;
        if self.keyword("IS") {
            let not = self.keyword("NOT");
            self.expect("NULL")?;
            let null = Filter::IsNull(field.0);
            return Ok(if not {
                Filter::Not(Box::new(null))
            } else {
                null
            });
        }
        let not = self.keyword("NOT");
        let filter = if self.keyword("IN") {
            let list = self.list(&field)?;
            Filter::In(field.0, list)
        } else if self.keyword("BETWEEN") {
            let least = self.value(&field)?;
            self.expect("AND")?;
            let most = self.value(&field)?;
            Filter::Between(field.0, least, most)
        } else {
            let comparison = self.comparison()?;
            let value = self.value(&field)?;
            Filter::Compare(field.0, comparison, value)
        };
        Ok(if not {
            Filter::Not(Box::new(filter))
        } else {
            filter
        })
    }

    fn comparison(&mut self) -> Result<Comparison, String> {
        let comparison = match self.words.get(self.at) {
            Some(Word::Sign("=")) => Comparison::Equal,
            Some(Word::Sign("!=" | "<>")) => Comparison::NotEqual,
            Some(Word::Sign("<")) => Comparison::Less,
            Some(Word::Sign("<=")) => Comparison::NotMore,
            Some(Word::Sign(">")) => Comparison::More,
            Some(Word::Sign(">=")) => Comparison::NotLess,
            Some(Word::Name(name)) if name.eq_ignore_ascii_case("STARTS_WITH") => {
                Comparison::StartsWith
            }
            _ => return Err("expected a comparison".to_owned()),
        };
        self.at += 1;
        Ok(comparison)
    }

    fn list(&mut self, field: &Field) -> Result<Vec<Value>, String> {
        if !self.sign("(") {
            return Err("expected (".to_owned());
        }
        let mut values = vec![self.value(field)?];
        while self.sign(",") {
            values.push(self.value(field)?);
        }
        match self.sign(")") {
            true => Ok(values),
            false => Err("expected )".to_owned()),
        }
    }

    fn value(&mut self, (field, kind): &Field) -> Result<Value, String> {
        let value = match self.words.get(self.at) {
            Some(Word::Text(text)) => Value::Text(text.clone()),
            Some(Word::Number(number)) => Value::Number(*number),
            Some(Word::Name(name)) if name.eq_ignore_ascii_case("true") => Value::Bool(true),
            Some(Word::Name(name)) if name.eq_ignore_ascii_case("false") => Value::Bool(false),
            _ => return Err("expected a value".to_owned()),
        };
        self.at += 1;
        fit(field, *kind, value)
    }
}
