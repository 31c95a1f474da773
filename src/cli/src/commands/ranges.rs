//! Data beyond what a LightGBM model was trained on.

use secateur::forest::lightgbm::Header;

use super::data::Data;
use super::session::Session;
use super::text;

/// Most columns named in a warning.
const NAMED: usize = 5;

/// Warns, in one line, of columns with values outside the ranges that the model records; the data's columns are the model's
/// features. A wrong column, unit or order of columns shows like this.
pub(super) fn warn(header: &Header, data: &Data, session: &mut Session<'_>) {
    let mut outside = Vec::new();
    for (feature, range) in header.ranges().into_iter().enumerate() {
        let Some([low, high]) = range.filter(|_| feature < data.table.features.ncols()) else { continue };
        let beyond = |value: &&f64| **value < low || **value > high;
        let rows = data.table.features.column(feature).iter().filter(beyond).count();
        if rows > 0 {
            outside.push(format!("{:?} ({})", data.table.feature_names[feature], text::count(rows, "row")));
        }
    }
    let columns = outside.len();
    if columns > 0 {
        let more = if columns > NAMED { format!(" and {} more", columns - NAMED) } else { String::new() };
        outside.truncate(NAMED);
        let (columns, named) = (text::count(columns, "column"), outside.join(", "));
        session.warn(format!("{}: values outside the model's recorded ranges in {columns}: {named}{more}", data.file));
    }
}
