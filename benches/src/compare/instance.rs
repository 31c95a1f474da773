//! Programs by name: `covertype:sqrt:40`, `forest:20:8:500:54:1`, `loose:5000:3000:6:1`, or a text file.

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use secateur::forest::grow::SplitFeatures;
use secateur_program::SelectionProgram;

use crate::Stages;
use crate::generated::{ForestShape, LooseShape, forest, loose};
use crate::workloads::{Failure, Workload};

/// How a program is made.
#[derive(Debug, Clone, PartialEq)]
pub enum Instance {
    /// From a forest grown on real data: `covertype|mbne_tiny:sqrt|all:TREES[:TRAIN_ROWS[:PRUNE_ROWS]]`.
    Data(Workload),
    /// Forest-shaped: `forest:TREES:DEPTH:EXAMPLES:SOURCES:SEED`.
    Forest(ForestShape, u64),
    /// Unstructured: `loose:DECISIONS:RESOURCES:USES:SEED`.
    Loose(LooseShape, u64),
    /// The text form of a program: a path that ends in `.sel`.
    Text(PathBuf),
}

impl Instance {
    /// Makes the program; each step is a stage.
    ///
    /// # Errors
    /// When data is missing, or the text is not a program.
    pub fn program(&self, stages: &mut Stages) -> Result<SelectionProgram, Failure> {
        Ok(match self {
            Instance::Data(workload) => workload.program_in(stages)?,
            Instance::Forest(shape, seed) => stages.run("generate", || forest(*seed, shape))?,
            Instance::Loose(shape, seed) => stages.run("generate", || loose(*seed, shape))?,
            Instance::Text(path) => stages.run("read", || read_text(path))?,
        })
    }
}

fn read_text(path: &Path) -> Result<SelectionProgram, Failure> {
    Ok(secateur_program::read(BufReader::new(File::open(path)?))?)
}

impl FromStr for Instance {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.ends_with(".sel") {
            return Ok(Instance::Text(text.into()));
        }
        let parts: Vec<&str> = text.split(':').collect();
        let count = |index: usize| match parts.get(index) {
            None => Ok(None),
            Some(part) => part.parse::<usize>().map(Some).map_err(|_| format!("`{part}` in `{text}` is not a count")),
        };
        let need = |index: usize, what: &str| count(index)?.ok_or(format!("`{text}` lacks its {what}"));
        match parts[0] {
            "covertype" | "mbne_tiny" => {
                let features = match parts.get(1) {
                    Some(&"sqrt") => SplitFeatures::Sqrt,
                    Some(&"all") => SplitFeatures::All,
                    _ => return Err(format!("`{text}`: features per split are `sqrt` or `all`")),
                };
                let data = if parts[0] == "covertype" { "covertype" } else { "mbne_tiny" };
                let (train_rows, prune_rows) = (count(3)?, count(4)?);
                Ok(Instance::Data(Workload { data, trees: need(2, "trees")?, features, train_rows, prune_rows }))
            }
            "forest" => {
                let (trees, depth) = (need(1, "trees")?, need(2, "depth")?);
                let (examples, sources) = (need(3, "examples")?, need(4, "sources")?);
                if !(1..=24).contains(&depth) || sources == 0 {
                    return Err(format!("`{text}`: depth is 1 to 24, sources at least 1"));
                }
                let shape = ForestShape { trees, depth: depth as u32, examples, sources };
                Ok(Instance::Forest(shape, count(5)?.unwrap_or(1) as u64))
            }
            "loose" => {
                let (decisions, resources, uses) = (need(1, "decisions")?, need(2, "resources")?, need(3, "uses")?);
                if resources == 0 {
                    return Err(format!("`{text}`: at least one resource"));
                }
                Ok(Instance::Loose(LooseShape { decisions, resources, uses }, count(4)?.unwrap_or(1) as u64))
            }
            other => Err(format!("no program is called `{other}`; see --help")),
        }
    }
}

impl std::fmt::Display for Instance {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Instance::Data(Workload { data, trees, features, train_rows, prune_rows }) => {
                let rows = |rows: &Option<usize>| rows.map_or("default".to_owned(), |rows| rows.to_string());
                let (train, prune) = (rows(train_rows), rows(prune_rows));
                write!(
                    f,
                    "{data}, {trees} trees, {features:?} features per split, {train} training rows, {prune} pruning rows"
                )
            }
            Instance::Forest(ForestShape { trees, depth, examples, sources }, seed) => {
                write!(
                    f,
                    "generated forest, {trees} trees of depth {depth}, {examples} examples, {sources} sources, seed {seed}"
                )
            }
            Instance::Loose(LooseShape { decisions, resources, uses }, seed) => {
                write!(
                    f,
                    "generated without structure, {decisions} decisions, {resources} resources, {uses} uses each, seed {seed}"
                )
            }
            Instance::Text(path) => write!(f, "{}", path.display()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_and_wrong_ones_refused_by_name() {
        let Ok(Instance::Data(workload)) = "covertype:sqrt:20:36603:2000".parse() else { panic!("a workload") };
        assert_eq!((workload.trees, workload.train_rows, workload.prune_rows), (20, Some(36_603), Some(2000)));
        let program = "forest:2:3:10:4:7".parse::<Instance>().unwrap().program(&mut Stages::default()).unwrap();
        assert_eq!(program.n_decisions(), 14);
        for wrong in ["", "nothing:1", "covertype:some:3", "covertype:sqrt:x", "forest:1:99:1:1", "loose:1:0:1"] {
            assert!(wrong.parse::<Instance>().unwrap_err().contains(wrong.split(':').next().unwrap()), "{wrong}");
        }
    }
}
