//! The options that settle what a reader of data files refused or decided.

use secateur_datasets::libsvm::FREE_FEATURES;
use secateur_datasets::{Error, Lookalike, Note};

use super::failure::{Failure, chain};

/// A refused file, and the option that settles it.
pub(super) fn refused(error: Error) -> Failure {
    let hint = match &error {
        Error::Lookalike { column, value, looks_like, .. } => {
            let column = quoted(column);
            let other = format!("--categorical {column} reads categories, --drop {column} leaves the column out");
            format!("; {}; {other}", notation(*looks_like, value))
        }
        Error::MixedTarget { value, looks_like, .. } => {
            let notation = looks_like.map(|looks_like| format!("; {}", notation(looks_like, value)));
            format!("{}; --task class reads classes", notation.unwrap_or_default())
        }
        Error::NotNumeric { value, looks_like: Some(looks_like), .. } => format!("; {}", notation(*looks_like, value)),
        Error::NotNumeric { line: 1, .. } => "; if the line holds names, --header yes".into(),
        Error::NotNumeric { value, .. } => format!("; if it means \"missing\", --missing {}", quoted(value)),
        Error::Infinite { value, .. } => format!("; if it means \"missing\", --missing {}", quoted(value)),
        Error::MixedColumn { column, value, .. } => {
            format!(" (--missing {}, --categorical {})", quoted(value), quoted(column))
        }
        Error::HeaderUnclear { .. } => "; --header yes or --header no".into(),
        Error::HeaderOnly { .. } => "; if the line is a row, --header no".into(),
        Error::TargetUnclear { .. } => " --task class or --task regress".into(),
        Error::UnseenCategory { .. } => "; without --strict it counts as missing".into(),
        Error::TooSparse { features, .. } => format!(" (--n-features {features})"),
        Error::Token { expected, .. } if expected.ends_with("index from 1") => "; --first-index 0 counts from 0".into(),
        // With a model the limit is what it has.
        Error::TooWide { limit, .. } if *limit >= FREE_FEATURES as u64 => {
            "; --n-features states the number of features".into()
        }
        Error::Ragged { .. } => "; --delimiter states what stands between cells".into(),
        Error::MissingTarget { column, .. } => {
            format!("; leave the row out, or name another target than {}", quoted(column))
        }
        Error::MissingColumn { .. } => "; --header and --names say what the columns are called".into(),
        Error::MissingWeight { .. } => "; the weight 0 leaves the row out".into(),
        Error::WeightsOfLibsvm { .. } => "; leave --weights out".into(),
        Error::DuplicateColumn { .. } => "; --names gives all columns other names".into(),
        _ => String::new(),
    };
    Failure::Input(format!("{}{hint}", chain(&error)))
}

/// What makes a number of a cell that looks like one.
fn notation(looks_like: Lookalike, value: &str) -> String {
    match looks_like {
        Lookalike::DecimalComma => "--decimal , reads it as one".into(),
        Lookalike::DecimalPoint => "--decimal . reads it as one".into(),
        Lookalike::CommaOrThousands => "--decimal , or --thousands , reads it as one".into(),
        Lookalike::CommaAndThousands => "--decimal , --thousands . reads it as one".into(),
        Lookalike::Thousands(' ') => "--thousands space reads it as one".into(),
        Lookalike::Thousands(separator) if separator.is_ascii() => {
            format!("--thousands {} reads it as one", quoted(&separator.to_string()))
        }
        Lookalike::Date => "what can be learned from is a number, such as days since a date".into(),
        _ => format!("write the number alone in the place of {}", quoted(value)),
    }
}

/// The option that settles a note.
pub(super) fn settles(note: &Note) -> String {
    match note {
        Note::NoHeader { .. } => "; --header yes reads it as one".into(),
        Note::NumbersInHeader { .. } => "; --header no reads it as a row".into(),
        Note::IndexLeftOut { column, .. } if column == "row.names" => {
            "; --categorical row.names reads it as a feature".into()
        }
        Note::IndexLeftOut { .. } => "; --names with a name for it makes it a feature".into(),
        Note::CountsRows { column } => format!("; --drop {} leaves it out", quoted(column)),
        Note::LeadingZeros { column, .. } | Note::Rounded { column, .. } => {
            format!("; --categorical {} keeps it as it stands", quoted(column))
        }
        Note::NumbersAmongCategories { column, value, .. } => {
            format!("; --missing {} if that means missing, --categorical {} if not", quoted(value), quoted(column))
        }
        Note::ManyCategories { column, .. } => {
            let column = quoted(column);
            format!("; --drop {column} leaves it out, --categorical {column} says that it is meant")
        }
        Note::Unseen { .. } => "; --strict refuses that".into(),
        Note::FromZero { .. } => "; --first-index 1 refuses that".into(),
        _ => String::new(),
    }
}

/// As a shell takes it.
fn quoted(text: &str) -> String {
    let plain = |character: char| character.is_alphanumeric() || "_.,-+/:%".contains(character);
    if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', "'\\''"))
    }
}
