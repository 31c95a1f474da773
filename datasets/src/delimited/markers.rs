//! Cells that mean "missing".

/// Markers that pandas, R, SQL and Excel write or read, in columns of any kind.
pub const MISSING: [&str; 33] = [
    "", "?", "NA", "N/A", "n/a", "#N/A", "#N/A N/A", "#NA", "<NA>", "NaN", "nan", "NAN", "-NaN", "-nan", "NaT", "NULL",
    "null", "Null", "\\N", "1.#IND", "-1.#IND", "1.#QNAN", "-1.#QNAN", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?",
    "#NUM!", "#NULL!", "NA.", "<NULL>", "(null)", "(NULL)",
];

/// Markers among numbers. Elsewhere they may be categories: a blood group has a factor `-`, a house no garage (`None`).
const MISSING_NUMBERS: [&str; 6] = ["-", "--", ".", "None", "none", "na"];

/// Markers, ready to be compared with many cells.
pub(super) struct Markers<'a> {
    all: Vec<&'a [u8]>,
    numbers: Vec<&'a [u8]>,
    /// By first byte: whether some marker begins with it.
    begin: [bool; 256],
}

impl<'a> Markers<'a> {
    pub(super) fn new(missing: &'a [String]) -> Self {
        let all: Vec<&[u8]> = missing.iter().map(|marker| marker.trim().as_bytes()).collect();
        let numbers = MISSING_NUMBERS.map(str::as_bytes).to_vec();
        let mut begin = [false; 256];
        all.iter().chain(&numbers).filter_map(|marker| marker.first()).for_each(|&byte| begin[byte as usize] = true);
        Self { all, numbers, begin }
    }

    fn may_be(&self, cell: &[u8]) -> bool {
        cell.first().is_none_or(|&byte| self.begin[byte as usize])
    }

    /// Whether a cell is missing, whatever the column holds.
    pub(super) fn is_missing(&self, cell: &[u8]) -> bool {
        self.may_be(cell) && self.all.contains(&cell)
    }

    /// Whether a cell is missing among numbers.
    pub(super) fn is_missing_number(&self, cell: &[u8]) -> bool {
        self.may_be(cell) && (self.all.contains(&cell) || self.numbers.contains(&cell))
    }
}
