//! Pieces of the page: figures, legends and tables.

use super::text::escape;

/// A titled figure; `body` is markup, the rest plain text.
pub(super) fn figure(title: &str, body: &str, caption: &str) -> String {
    let (title, caption) = (escape(title), escape(caption));
    format!("<figure><h3>{title}</h3>\n{body}\n<figcaption>{caption}</figcaption></figure>\n")
}

/// What lines and marks of a picture mean, above it. Keys are drawn with the classes of what they stand for.
#[derive(Default)]
pub(super) struct Legend(Vec<String>);

impl Legend {
    pub(super) fn line(&mut self, class: &str, text: &str) {
        self.key(&format!(r#"<line class="{class}" x1="0" y1="7" x2="26" y2="7"/>"#), text);
    }

    pub(super) fn disc(&mut self, class: &str, text: &str) {
        self.key(&format!(r#"<circle class="{class}" cx="13" cy="7" r="5.5"/>"#), text);
    }

    pub(super) fn small_disc(&mut self, class: &str, text: &str) {
        self.key(&format!(r#"<path class="{class}" d="M13 7h0"/>"#), text);
    }

    pub(super) fn diamond(&mut self, class: &str, text: &str) {
        self.key(&format!(r#"<path class="{class}" d="M13 0.8l6.2 6.2l-6.2 6.2l-6.2 -6.2z"/>"#), text);
    }

    fn key(&mut self, shape: &str, text: &str) {
        let text = escape(text);
        self.0.push(format!(
            r#"<span><svg class="key" viewBox="0 0 26 14" aria-hidden="true">{shape}</svg>{text}</span>"#
        ));
    }

    pub(super) fn html(self) -> String {
        format!("<p class=\"legend\">{}</p>\n", self.0.concat())
    }
}

/// A table whose first column is a heading and whose other columns are numbers, if not said otherwise. Columns in which
/// nothing stands are left out.
pub(super) struct Table {
    heads: Vec<(String, bool)>,
    rows: Vec<(&'static str, Vec<String>)>,
}

impl Table {
    pub(super) fn new(heads: &[impl AsRef<str>]) -> Self {
        let heads = heads.iter().enumerate().map(|(index, head)| (head.as_ref().to_owned(), index > 0));
        Self { heads: heads.collect(), rows: Vec::new() }
    }

    /// Adds a column of text.
    pub(super) fn text_column(&mut self, head: &str) {
        self.heads.push((head.to_owned(), false));
    }

    /// Adds a row; cells are markup, one per column.
    pub(super) fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(("", cells.into_iter().collect()));
    }

    /// Gives the last row a class, and its heading a badge.
    pub(super) fn mark_last(&mut self, class: &'static str, badge: &str) {
        if let Some((row_class, cells)) = self.rows.last_mut() {
            *row_class = class;
            if !badge.is_empty() {
                cells[0] += &format!(r#" <span class="badge">{badge}</span>"#);
            }
        }
    }

    pub(super) fn html(&self) -> String {
        let filled = |column: &usize| self.rows.iter().any(|(_, cells)| !cells[*column].is_empty());
        let columns: Vec<usize> = (0..self.heads.len()).filter(filled).collect();
        let class = |column: usize| if self.heads[column].1 { r#" class="number""# } else { "" };
        let heads: String = columns
            .iter()
            .map(|&c| format!(r#"<th scope="col"{}>{}</th>"#, class(c), escape(&self.heads[c].0)))
            .collect();
        let cell = |column: usize, text: &str| match column {
            0 => format!(r#"<th scope="row">{text}</th>"#),
            _ => format!("<td{}>{text}</td>", class(column)),
        };
        let row = |(class, cells): &(&str, Vec<String>)| {
            let cells: String = columns.iter().map(|&column| cell(column, &cells[column])).collect();
            format!("<tr class=\"{class}\">{cells}</tr>\n")
        };
        let rows: String = self.rows.iter().map(row).collect();
        format!("<div class=\"scroll\"><table><thead><tr>{heads}</tr></thead>\n<tbody>\n{rows}</tbody></table></div>")
    }
}
