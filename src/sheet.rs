//! Reports as one HTML file that needs nothing else: no script, no font, no picture from outside. Counts nothing.
//!
//! The markup is well-formed XML too, so that it can be checked; whatever people wrote is escaped by the template.

mod chart;
mod curve;
mod daily;
mod load;
mod rates;
mod simulated;

use maud::{DOCTYPE, Markup, PreEscaped, html};

pub(crate) use daily::daily;
pub(crate) use load::load;
pub(crate) use rates::{Rates, rates};
pub(crate) use simulated::simulated;

const STYLE: &str = include_str!("sheet/sheet.css");
/// Elements that HTML never closes, in the one form that XML also reads. Nothing may be loaded, whatever stands below.
const HEAD: &str = r#"<meta charset="utf-8"/><meta name="viewport" content="width=device-width, initial-scale=1"/><meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'"/>"#;

/// The whole file around its parts, for people of the hotline.
fn file(title: &str, subtitle: &str, body: &Markup) -> String {
    file_in("zh-CN", title, subtitle, body)
}

fn file_in(language: &str, title: &str, subtitle: &str, body: &Markup) -> String {
    let page = html! {
        (DOCTYPE)
        html lang=(language) {
            head {
                (PreEscaped(HEAD))
                title { (title) " " (subtitle) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                header { h1 { (title) } p.subtitle { (subtitle) } }
                main { (body) }
            }
        }
    };
    page.into_string()
}

/// What a sheet is about, and the one unit it is of.
fn scoped(what: &str, unit: Option<&str>) -> String {
    unit.map_or_else(|| what.to_owned(), |unit| format!("{what} · {unit}"))
}

/// A table whose first column names the row.
fn table<R: AsRef<[String]>>(caption: &str, headings: &[&str], rows: &[R]) -> Markup {
    html! {
        div.scroll {
            table {
                caption { (caption) }
                thead { tr { @for heading in headings { th scope="col" { (heading) } } } }
                tbody {
                    @for row in rows {
                        @if let Some((first, rest)) = row.as_ref().split_first() {
                            tr {
                                th scope="row" { (first) }
                                @for cell in rest { td { (cell) } }
                            }
                        }
                    }
                }
            }
        }
    }
}
