//! What changed from one text to the next: sentences that stayed, went and came. Knows nothing of articles.

use serde::Serialize;
use utoipa::ToSchema;

/// Pairs of sentences that are compared; beyond it the changed middle is told as taken out and put in.
const COMPARED_MAX: usize = 1 << 20;

/// Sentences in a row of which the same is to be said.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub(crate) struct Piece {
    /// `kept`, `removed` or `added`.
    pub(crate) change: &'static str,
    /// As written.
    pub(crate) text: String,
}

/// The way from one text to another, by sentences. All that is kept or removed is the old text, all that is kept or added the
/// new one.
pub(crate) fn difference(old: &str, new: &str) -> Vec<Piece> {
    let (old, new) = (sentences(old), sentences(new));
    let head = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let rest = (&old[head..], &new[head..]);
    let tail = rest.0.iter().rev().zip(rest.1.iter().rev()).take_while(|(a, b)| a == b).count();
    let (gone, come) = (&old[head..old.len() - tail], &new[head..new.len() - tail]);
    let mut pieces = Pieces::default();
    pieces.all("kept", &old[..head]);
    if gone.len().saturating_mul(come.len()) > COMPARED_MAX {
        pieces.all("removed", gone);
        pieces.all("added", come);
    } else {
        compare(gone, come, &mut pieces);
    }
    pieces.all("kept", &old[old.len() - tail..]);
    pieces.0
}

#[derive(Default)]
struct Pieces(Vec<Piece>);

impl Pieces {
    fn all(&mut self, change: &'static str, sentences: &[&str]) {
        sentences.iter().for_each(|sentence| self.add(change, sentence));
    }

    fn add(&mut self, change: &'static str, text: &str) {
        match self.0.last_mut().filter(|last| last.change == change) {
            Some(last) => last.text.push_str(text),
            None => self.0.push(Piece { change, text: text.to_owned() }),
        }
    }
}

/// By the longest common row of sentences.
fn compare(gone: &[&str], come: &[&str], pieces: &mut Pieces) {
    let width = come.len() + 1;
    // At [i][j]: how many the rests from i and from j have in common.
    let mut common = vec![0_u32; (gone.len() + 1) * width];
    for i in (0..gone.len()).rev() {
        for j in (0..come.len()).rev() {
            common[i * width + j] = if gone[i] == come[j] {
                common[(i + 1) * width + j + 1] + 1
            } else {
                common[(i + 1) * width + j].max(common[i * width + j + 1])
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    while i < gone.len() && j < come.len() {
        if gone[i] == come[j] {
            pieces.add("kept", gone[i]);
            (i, j) = (i + 1, j + 1);
        } else if common[(i + 1) * width + j] >= common[i * width + j + 1] {
            pieces.add("removed", gone[i]);
            i += 1;
        } else {
            pieces.add("added", come[j]);
            j += 1;
        }
    }
    pieces.all("removed", &gone[i..]);
    pieces.all("added", &come[j..]);
}

/// With the mark that each ends with.
fn sentences(text: &str) -> Vec<&str> {
    text.split_inclusive(['。', '!', '?', '!', '?', ';', ';', '\n']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(old: &str, new: &str) -> String {
        let marked = |piece: Piece| match piece.change {
            "kept" => piece.text,
            "removed" => format!("[-{}]", piece.text),
            _ => format!("[+{}]", piece.text),
        };
        difference(old, new).into_iter().map(marked).collect()
    }

    #[test]
    fn a_changed_sentence_stands_in_both_forms_between_what_stayed() {
        assert_eq!(told("一。二。三。", "一。两。三。四。"), "一。[-二。][+两。]三。[+四。]");
        assert_eq!(told("一。", "一。"), "一。");
        assert_eq!(told("", "一"), "[+一]");
    }

    #[test]
    fn either_text_comes_out_of_the_pieces_again() {
        let long: String = (0..1_500).map(|number| format!("第{number}句。")).collect();
        let other: String = (0..1_500).map(|number| format!("第{}句。", number * 2)).collect();
        for (old, new) in [("甲。乙。丙。", "乙。甲。丙。丁"), (&long, &other)] {
            let pieces = difference(old, new);
            let without = |change| {
                let kept = pieces.iter().filter(move |piece| piece.change != change);
                kept.map(|piece| piece.text.as_str()).collect::<String>()
            };
            assert_eq!((without("added").as_str(), without("removed").as_str()), (old, new));
        }
    }
}
