//! The lines of a program in text form.

use std::io::BufRead;

use super::decimal::{Decimal, common_unit};
use super::{FormatError, ReadProgram, Rounded};
use crate::builder::ProgramBuilder;
use crate::program::{DecisionId, ResourceId};
use crate::quantise::Scale;

/// The lines of a file, before they are a program. Parents and pairs come with their line numbers.
#[derive(Default)]
pub(super) struct Lines {
    header: Option<[u64; 3]>,
    gains: Vec<Decimal>,
    parents: Vec<(u64, usize)>,
    costs: Vec<Decimal>,
    uses: Vec<(u64, u64, usize)>,
    scale: Option<Scale>,
}

impl Lines {
    /// Reads all lines. Memory is proportional to the bytes read.
    pub(super) fn read(mut reader: impl BufRead) -> Result<Self, FormatError> {
        let mut lines = Self::default();
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

    /// Adds one line.
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

    /// The program; numbers are rounded only if that is allowed and needed.
    pub(super) fn build(self, round: bool) -> Result<ReadProgram, FormatError> {
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
