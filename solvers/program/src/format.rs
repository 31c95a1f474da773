//! The plain text format of a program.
//!
//! ```text
//! c comments anywhere
//! p sel D R U
//! d GAIN PARENT       D lines: decision 1, 2, ...; PARENT is 1-based, 0 for none
//! r COST              R lines: resource 1, 2, ...
//! u DECISION RESOURCE U lines, both 1-based
//! ```
//!
//! Gains and costs are decimal numbers. [`read`] takes them exactly: all gains share the power of ten that makes them
//! whole, and so do all costs; [`crate::Scale`] remembers it. Numbers that have no common power of ten in 64-bit
//! integers (doubles written with 17 digits, say) are refused by [`read`], and rounded once by [`read_rounded`], as
//! [`quantise`] does, which says so. Units that are no powers of ten are kept by a comment of our own, `c secateur
//! scale GAIN_UNIT COST_UNIT`, which says what one integer is worth; other readers may ignore it. A byte order mark in
//! front, blanks, tabs and carriage returns do not matter. Messages about the program as a whole count ids from 0.

use std::io::{BufRead, Write};

use crate::builder::{BuildError, ProgramBuilder};
use crate::program::{DecisionId, ResourceId, SelectionProgram};
use crate::quantise::{QuantiseError, Scale, quantise};

/// Why a text is not a program. Lines count from 1.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FormatError {
    /// Reading failed.
    #[error("cannot read: {0}")]
    Io(#[from] std::io::Error),
    /// A line that is none of the format's.
    #[error("line {line}: expected {expected}, found `{found}`")]
    Line {
        /// Line number.
        line: usize,
        /// What the format allows there.
        expected: &'static str,
        /// The line, shortened.
        found: String,
    },
    /// No `p sel` line.
    #[error("no line `p sel D R U`")]
    NoHeader,
    /// The header's counts do not match the lines.
    #[error("the header says {expected} {what}, the file has {found}")]
    Count {
        /// "decisions", "resources" or "uses".
        what: &'static str,
        /// Count in the header.
        expected: u64,
        /// Lines found.
        found: u64,
    },
    /// An index outside 1..=count (a parent may be 0).
    #[error("line {line}: {what} {index} is outside 1..={count}")]
    Index {
        /// Line number.
        line: usize,
        /// "decision", "resource" or "parent".
        what: &'static str,
        /// The index found.
        index: u64,
        /// Number of such things.
        count: u64,
    },
    /// Numbers that 64-bit integers do not hold, once all are brought to the same power of ten.
    #[error(
        "line {line}: `{number}`: the {what} do not fit 64-bit integers in one decimal unit; fewer digits do, or rounding"
    )]
    Range {
        /// Line of the first number with the most digits, or of the one at which the sum is too large.
        line: usize,
        /// "gains" or "costs".
        what: &'static str,
        /// The number.
        number: String,
    },
    /// Numbers that cannot be rounded to one unit either.
    #[error("the {what} cannot be rounded: {error} (numbers count from 0)")]
    Quantise {
        /// "gains" or "costs".
        what: &'static str,
        /// Why.
        error: QuantiseError,
    },
    /// The program is not valid.
    #[error("{0}")]
    Build(#[from] BuildError),
}

/// A decimal number, and the line it stands on.
struct Decimal {
    /// `mantissa * 10^-digits`, the mantissa no multiple of ten unless digits are 0; `None` if that needs too many
    /// digits.
    exact: Option<(i128, u32)>,
    /// The nearest double.
    value: f64,
    line: usize,
}

/// Most decimal digits after the point of a number that is kept exactly, exponent included.
const MAX_DIGITS: u32 = 30;

impl Decimal {
    fn parse(text: &str, line: usize) -> Option<Self> {
        // What doubles are spelled like, without infinities and NaN.
        if !text.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte)) {
            return None;
        }
        let value = text.parse::<f64>().ok()?;
        Some(Self { exact: Self::exact(text), value, line })
    }

    fn exact(text: &str) -> Option<(i128, u32)> {
        let (number, exponent) = match text.find(['e', 'E']) {
            Some(at) => (&text[..at], text[at + 1..].parse::<i32>().ok()?),
            None => (text, 0),
        };
        let (sign, number) = match number.as_bytes().first()? {
            b'-' => (-1, &number[1..]),
            b'+' => (1, &number[1..]),
            _ => (1, number),
        };
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        let fraction = fraction.trim_end_matches('0');
        let mut mantissa = 0i128;
        for byte in whole.bytes().chain(fraction.bytes()) {
            mantissa = mantissa.checked_mul(10)?.checked_add(i128::from(byte - b'0'))?;
        }
        if mantissa == 0 {
            return Some((0, 0));
        }
        let mut digits = i64::try_from(fraction.len()).ok()? - i64::from(exponent);
        while digits < 0 {
            mantissa = mantissa.checked_mul(10)?;
            digits += 1;
        }
        while digits > 0 && mantissa % 10 == 0 {
            mantissa /= 10;
            digits -= 1;
        }
        let digits = u32::try_from(digits).ok()?;
        (digits <= MAX_DIGITS).then_some((sign * mantissa, digits))
    }

    /// As an integer in units of `10^-digits`.
    fn in_units(&self, digits: u32) -> Option<i64> {
        let (mantissa, own) = self.exact?;
        i64::try_from(mantissa.checked_mul(10i128.checked_pow(digits - own)?)?).ok()
    }
}

/// How numbers were rounded: to the nearest double, and that to the nearest multiple of a unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rounded {
    /// The unit, in units of the file.
    pub unit: f64,
    /// Most that a double has moved, in units of the file; 0 if all are multiples.
    pub max_error: f64,
}

/// A program with what reading did to its numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct ReadProgram {
    /// The program.
    pub program: SelectionProgram,
    /// How the gains were rounded; `None` if they are exact.
    pub gains: Option<Rounded>,
    /// How the costs were rounded; `None` if they are exact.
    pub costs: Option<Rounded>,
}

/// Integers in one unit.
struct InUnit {
    integers: Vec<i64>,
    unit: f64,
    rounded: Option<Rounded>,
}

/// Rounded numbers sum to less than two to this power: [`ProgramBuilder`] takes 63 bits.
const ROUNDED_BITS: u32 = 62;

/// Brings numbers to one unit: exactly, or, where that does not fit and is allowed, rounded.
fn common_unit(what: &'static str, numbers: &[Decimal], round: bool) -> Result<InUnit, FormatError> {
    let mut most: Option<&Decimal> = None;
    for number in numbers {
        // More digits than are kept count as the most.
        let digits = |number: &Decimal| number.exact.map_or(u32::MAX, |(_, digits)| digits);
        if most.is_none_or(|most| digits(number) > digits(most)) {
            most = Some(number);
        }
    }
    let digits = most.map_or(Some(0), |most| most.exact.map(|(_, digits)| digits));
    // The first number that does not fit, alone or with those before it.
    let mut sum = 0i64;
    let mut fit = |number: &Decimal| -> Option<i64> {
        let integer = number.in_units(digits?)?;
        sum = sum.checked_add(integer.checked_abs()?)?;
        Some(integer)
    };
    let mut integers = Vec::with_capacity(numbers.len());
    let misfit = numbers.iter().find(|number| match fit(number) {
        Some(integer) => {
            integers.push(integer);
            false
        }
        None => true,
    });
    let unit = |digits: u32| 10f64.powi(-(digits as i32));
    match misfit {
        None => Ok(InUnit { integers, unit: unit(digits.unwrap_or(0)), rounded: None }),
        Some(_) if round => {
            let values: Vec<f64> = numbers.iter().map(|number| number.value).collect();
            let found = quantise(&values, ROUNDED_BITS).map_err(|error| FormatError::Quantise { what, error })?;
            let rounded = Some(Rounded { unit: found.unit, max_error: found.max_error });
            Ok(InUnit { integers: found.integers, unit: found.unit, rounded })
        }
        Some(misfit) => {
            let named = if digits.is_none() { most.unwrap_or(misfit) } else { misfit };
            Err(FormatError::Range { line: named.line, what, number: named.value.to_string() })
        }
    }
}

#[derive(Default)]
struct Lines {
    header: Option<[u64; 3]>,
    gains: Vec<Decimal>,
    parents: Vec<(u64, usize)>,
    costs: Vec<Decimal>,
    uses: Vec<(u64, u64, usize)>,
    scale: Option<Scale>,
}

/// Reads a program exactly. Memory is proportional to the bytes read, whatever the header claims.
///
/// # Errors
/// [`FormatError`] names the line and what is wrong with it.
pub fn read(reader: impl BufRead) -> Result<SelectionProgram, FormatError> {
    Ok(lines(reader)?.build(false)?.program)
}

/// Reads a program; gains, or costs, that have no common decimal unit in 64-bit integers are rounded as [`quantise`]
/// does.
///
/// # Errors
/// [`FormatError`] names the line and what is wrong with it.
pub fn read_rounded(reader: impl BufRead) -> Result<ReadProgram, FormatError> {
    lines(reader)?.build(true)
}

fn lines(mut reader: impl BufRead) -> Result<Lines, FormatError> {
    let mut lines = Lines::default();
    let (mut text, mut number) = (Vec::new(), 0usize);
    loop {
        text.clear();
        if reader.read_until(b'\n', &mut text)? == 0 {
            return Ok(lines);
        }
        number += 1;
        let line = String::from_utf8_lossy(&text);
        let line = if number == 1 { line.trim_start_matches('\u{feff}') } else { &line };
        lines.push(line.trim(), number)?;
    }
}

impl Lines {
    fn push(&mut self, line: &str, number: usize) -> Result<(), FormatError> {
        let refuse = |expected| {
            let found = line.chars().take(60).collect();
            FormatError::Line { line: number, expected, found }
        };
        let mut words = line.split_ascii_whitespace();
        let kind = words.next().unwrap_or("c");
        let words: Vec<&str> = words.take(5).collect();
        let whole = |word: &str| word.parse::<u64>().ok();
        if kind != "p" && kind != "c" && self.header.is_none() {
            return Err(refuse("`p sel D R U` before anything else"));
        }
        match (kind, words.as_slice()) {
            ("c", ["secateur", "scale", units @ ..]) => {
                let units: Vec<f64> = units.iter().filter_map(|word| word.parse().ok()).collect();
                let scale = match units.as_slice() {
                    &[gain_unit, cost_unit] => Some(Scale { gain_unit, cost_unit }).filter(|scale| scale.is_valid()),
                    _ => None,
                };
                self.scale = Some(scale.ok_or_else(|| refuse("`c secateur scale` with two positive numbers"))?);
            }
            ("c", _) => {}
            ("p", ["sel", counts @ ..]) if self.header.is_none() => {
                let counts: Option<Vec<u64>> = counts.iter().map(|word| whole(word)).collect();
                let counts = counts.and_then(|counts| <[u64; 3]>::try_from(counts).ok());
                self.header = Some(counts.ok_or_else(|| refuse("`p sel D R U` with three counts"))?);
            }
            ("d", [gain, parent]) => {
                let gain = Decimal::parse(gain, number).ok_or_else(|| refuse("`d GAIN PARENT` with a decimal gain"))?;
                let parent = whole(parent).ok_or_else(|| refuse("`d GAIN PARENT` with a whole parent"))?;
                self.gains.push(gain);
                self.parents.push((parent, number));
            }
            ("r", [cost]) => {
                let cost = Decimal::parse(cost, number).ok_or_else(|| refuse("`r COST` with a decimal cost"))?;
                if cost.value < 0.0 {
                    return Err(refuse("`r COST` with a cost >= 0"));
                }
                self.costs.push(cost);
            }
            ("u", [decision, resource]) => match (whole(decision), whole(resource)) {
                (Some(decision), Some(resource)) => self.uses.push((decision, resource, number)),
                _ => return Err(refuse("`u DECISION RESOURCE` with two whole numbers")),
            },
            _ => {
                return Err(refuse(
                    "a line `p sel D R U` (once), `d GAIN PARENT`, `r COST`, `u DECISION RESOURCE` or `c`",
                ));
            }
        }
        Ok(())
    }

    fn build(self, round: bool) -> Result<ReadProgram, FormatError> {
        let [decisions, resources, uses] = self.header.ok_or(FormatError::NoHeader)?;
        let counts = [
            ("decisions", decisions, self.gains.len()),
            ("resources", resources, self.costs.len()),
            ("uses", uses, self.uses.len()),
        ];
        for (what, expected, found) in counts {
            if expected != found as u64 {
                return Err(FormatError::Count { what, expected, found: found as u64 });
            }
        }
        let gains = common_unit("gains", &self.gains, round)?;
        let costs = common_unit("costs", &self.costs, round)?;
        let mut builder = ProgramBuilder::new();
        let own = self.scale.unwrap_or(Scale::UNIT);
        builder.scale(Scale { gain_unit: gains.unit * own.gain_unit, cost_unit: costs.unit * own.cost_unit });
        builder.decisions(&gains.integers).resources(&costs.integers);
        // 1-based; a parent may be 0. `TooMany` in the builder guards the narrowing.
        let index = |what, index: u64, count: u64, line| match index {
            1.. if index <= count => Ok((index - 1) as u32),
            _ => Err(FormatError::Index { line, what, index, count }),
        };
        for (v, (parent, line)) in self.parents.into_iter().enumerate() {
            if parent > 0 {
                builder.requires(DecisionId(v as u32), DecisionId(index("parent", parent, decisions, line)?));
            }
        }
        for (decision, resource, line) in self.uses {
            let decision = DecisionId(index("decision", decision, decisions, line)?);
            builder.uses(decision, ResourceId(index("resource", resource, resources, line)?));
        }
        let in_file_units = |rounded: Option<Rounded>, own: f64| {
            rounded.map(|Rounded { unit, max_error }| Rounded { unit: unit * own, max_error: max_error * own })
        };
        Ok(ReadProgram {
            program: builder.build()?,
            gains: in_file_units(gains.rounded, own.gain_unit),
            costs: in_file_units(costs.rounded, own.cost_unit),
        })
    }
}

/// Writes a program so that [`read`] gives it back. Where decimals would not bring back the same units the integers themselves are written, and
/// the units in a comment that [`read`] knows.
///
/// # Errors
/// What the writer returns.
pub fn write(program: &SelectionProgram, mut out: impl Write) -> std::io::Result<()> {
    let Scale { gain_unit, cost_unit } = program.scale();
    let digits = |unit: f64| (0..=18).find(|&digits| 10f64.powi(-digits) == unit).map(|digits| digits as usize);
    // The reader takes the shortest common unit of what is written: it must be this one.
    let shortest = |digits: usize, numbers: &[i64]| digits == 0 || numbers.iter().any(|number| number % 10 != 0);
    let (gain_digits, cost_digits) = match (digits(gain_unit), digits(cost_unit)) {
        (Some(gain_digits), Some(cost_digits))
            if shortest(gain_digits, &program.gains) && shortest(cost_digits, &program.costs) =>
        {
            (gain_digits, cost_digits)
        }
        _ => {
            writeln!(out, "c secateur scale {gain_unit:e} {cost_unit:e}")?;
            (0, 0)
        }
    };
    writeln!(out, "p sel {} {} {}", program.n_decisions(), program.n_resources(), program.n_uses())?;
    for v in program.decisions() {
        let parent = program.parent(v).map_or(0, |parent| u64::from(parent.0) + 1);
        writeln!(out, "d {} {parent}", decimal(program.gain(v), gain_digits))?;
    }
    for r in program.resources() {
        writeln!(out, "r {}", decimal(program.cost(r), cost_digits))?;
    }
    for (v, r) in program.pairs() {
        writeln!(out, "u {} {}", u64::from(v.0) + 1, u64::from(r.0) + 1)?;
    }
    Ok(())
}

/// `integer * 10^-digits` in decimal.
fn decimal(integer: i64, digits: usize) -> String {
    if digits == 0 {
        return integer.to_string();
    }
    let sign = if integer < 0 { "-" } else { "" };
    let padded = format!("{:0>width$}", integer.unsigned_abs(), width = digits + 1);
    let (whole, fraction) = padded.split_at(padded.len() - digits);
    format!("{sign}{whole}.{fraction}")
}

#[cfg(test)]
mod tests;
