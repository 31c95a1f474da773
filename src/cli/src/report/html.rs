//! Pieces of the page: figures, legends and tables.

use maud::{Markup, html};

use super::text::clean;

/// A titled figure.
pub(super) fn figure(title: &str, body: &Markup, caption: &str) -> Markup {
    html! {
        figure {
            h3 { (clean(title)) }
            "\n" (body) "\n"
            figcaption { (clean(caption)) }
        }
        "\n"
    }
}

/// Text as markup.
pub(super) fn plain(text: &str) -> Markup {
    html! { (clean(text)) }
}

/// A name in its own direction of writing, so that one from right to left does not turn its neighbours around.
pub(super) fn name(text: &str) -> Markup {
    html! { bdi { (clean(text)) } }
}

/// Names in a row, apart by commas, and what follows them.
pub(super) fn names(texts: &[String], more: &str) -> Markup {
    html! {
        @for (index, text) in texts.iter().enumerate() {
            @if index > 0 { ", " }
            (name(text))
        }
        (more)
    }
}

/// What lines and marks of a picture mean, above it. Keys are drawn with the classes of what they stand for.
#[derive(Default)]
pub(super) struct Legend(Vec<Markup>);

impl Legend {
    pub(super) fn line(&mut self, class: &str, text: &str) {
        self.key(&html! { line class=(class) x1="0" y1="7" x2="26" y2="7" {} }, text);
    }

    pub(super) fn disc(&mut self, class: &str, text: &str) {
        self.key(&html! { circle class=(class) cx="13" cy="7" r="5.5" {} }, text);
    }

    pub(super) fn small_disc(&mut self, class: &str, text: &str) {
        self.key(&html! { path class=(class) d="M13 7h0" {} }, text);
    }

    pub(super) fn diamond(&mut self, class: &str, text: &str) {
        self.key(&html! { path class=(class) d="M13 0.8l6.2 6.2l-6.2 6.2l-6.2 -6.2z" {} }, text);
    }

    fn key(&mut self, shape: &Markup, text: &str) {
        self.0.push(html! {
            span { svg class="key" viewBox="0 0 26 14" aria-hidden="true" { (shape) } (clean(text)) }
        });
    }

    pub(super) fn html(self) -> Markup {
        html! { p class="legend" { @for key in &self.0 { (key) } } "\n" }
    }
}

/// A table whose first column is a heading and whose other columns are numbers, if not said otherwise. Columns in which
/// nothing stands are left out.
pub(super) struct Table {
    heads: Vec<(String, bool)>,
    rows: Vec<Row>,
}

struct Row {
    class: &'static str,
    cells: Vec<Markup>,
    badge: &'static str,
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

    /// Adds a row, one cell per column.
    pub(super) fn row(&mut self, cells: impl IntoIterator<Item = Markup>) {
        self.rows.push(Row { class: "", cells: cells.into_iter().collect(), badge: "" });
    }

    /// Gives the last row a class, and its heading a badge.
    pub(super) fn mark_last(&mut self, class: &'static str, badge: &'static str) {
        if let Some(row) = self.rows.last_mut() {
            (row.class, row.badge) = (class, badge);
        }
    }

    pub(super) fn html(&self) -> Markup {
        let filled = |column: &usize| self.rows.iter().any(|row| !row.cells[*column].0.is_empty());
        let columns: Vec<usize> = (0..self.heads.len()).filter(filled).collect();
        let class = |column: usize| self.heads[column].1.then_some("number");
        html! {
            div class="scroll" {
                table {
                    thead {
                        tr {
                            @for &column in &columns {
                                th scope="col" class=[class(column)] { (clean(&self.heads[column].0)) }
                            }
                        }
                    }
                    "\n"
                    tbody {
                        "\n"
                        @for row in &self.rows {
                            tr class=(row.class) {
                                @for &column in &columns {
                                    @if column == 0 {
                                        th scope="row" {
                                            (row.cells[0])
                                            @if !row.badge.is_empty() { " " span class="badge" { (row.badge) } }
                                        }
                                    } @else {
                                        td class=[class(column)] { (row.cells[column]) }
                                    }
                                }
                            }
                            "\n"
                        }
                    }
                }
            }
        }
    }
}
