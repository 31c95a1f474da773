//! The program file that solver processes read: little-endian arrays, which numpy maps as they are.
//!
//! 8 bytes of magic; i64 D, R, U; i64 gains (D); i64 costs (R); i64 use_start (D + 1); i32 parents (D, -1 for none);
//! i32 use_resource (U). `benches/compare/program.py` reads the same.

use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Write};
use std::path::Path;

use secateur_program::{DecisionId, ResourceId, SelectionProgram};

use crate::workloads::Failure;

const MAGIC: &[u8; 8] = b"SELPROG1";

/// Writes a program.
///
/// # Errors
/// When writing fails.
pub fn write(program: &SelectionProgram, path: &Path) -> Result<(), Failure> {
    let mut out = BufWriter::with_capacity(1 << 20, File::create(path)?);
    out.write_all(MAGIC)?;
    let mut long = |value: i64| out.write_all(&value.to_le_bytes());
    for count in [program.n_decisions(), program.n_resources(), program.n_uses()] {
        long(count as i64)?;
    }
    for v in program.decisions() {
        long(program.gain(v))?;
    }
    for r in program.resources() {
        long(program.cost(r))?;
    }
    long(0)?;
    for v in program.decisions() {
        long(program.use_range(v).end as i64)?;
    }
    for v in program.decisions() {
        let parent = program.parent(v).map_or(-1, |parent| parent.0 as i32);
        out.write_all(&parent.to_le_bytes())?;
    }
    for (_, r) in program.pairs() {
        out.write_all(&r.0.to_le_bytes())?;
    }
    Ok(out.flush()?)
}

/// Reads a program that [`write()`] wrote.
///
/// # Errors
/// When reading fails or the file is not a program.
pub fn read(path: &Path) -> Result<SelectionProgram, Failure> {
    let mut file = BufReader::with_capacity(1 << 20, File::open(path)?);
    let mut magic = [0; 8];
    file.read_exact(&mut magic)?;
    if &magic != MAGIC {
        return Err(format!("{} is not a program file", path.display()).into());
    }
    let mut long = || -> Result<i64, Failure> {
        let mut bytes = [0; 8];
        file.read_exact(&mut bytes)?;
        Ok(i64::from_le_bytes(bytes))
    };
    let [decisions, resources, _] = [long()?, long()?, long()?];
    let mut builder = SelectionProgram::builder();
    for _ in 0..decisions {
        builder.decision(long()?);
    }
    for _ in 0..resources {
        builder.resource(long()?);
    }
    let start = (0..=decisions).map(|_| long()).collect::<Result<Vec<i64>, Failure>>()?;
    let mut short = || -> Result<i32, Failure> {
        let mut bytes = [0; 4];
        file.read_exact(&mut bytes)?;
        Ok(i32::from_le_bytes(bytes))
    };
    for v in 0..decisions {
        if let Ok(parent) = u32::try_from(short()?) {
            builder.requires(DecisionId(v as u32), DecisionId(parent));
        }
    }
    for (v, ends) in start.windows(2).enumerate() {
        for _ in ends[0]..ends[1] {
            builder.uses(DecisionId(v as u32), ResourceId(short()? as u32));
        }
    }
    Ok(builder.build()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generated::{LooseShape, loose};

    #[test]
    fn programs_come_back_from_their_files() {
        let program = loose(3, &LooseShape { decisions: 40, resources: 25, uses: 3 }).unwrap();
        let path = std::env::temp_dir().join(format!("secateur-compare-{}.bin", std::process::id()));
        write(&program, &path).unwrap();
        assert_eq!(read(&path).unwrap(), program);
        std::fs::write(&path, b"p sel 1 1 1").unwrap();
        assert!(read(&path).is_err());
        std::fs::remove_file(&path).unwrap();
    }
}
