//! One label against the rest: an L2-regularised support vector machine with squared hinge loss, solved by
//! dual coordinate descent (Hsieh et al., ICML 2008, algorithm 2: random order and shrinking).

/// Texts of unit length and what they are to be told from.
#[derive(Debug)]
pub(super) struct Problem {
    /// `features[bounds[i]..bounds[i + 1]]` are those of text `i`.
    pub(super) bounds: Vec<usize>,
    pub(super) features: Vec<(u32, f32)>,
    /// Squared length of each text, the constant feature included.
    pub(super) squares: Vec<f32>,
    pub(super) costs: Vec<f32>,
    pub(super) labels: Vec<u16>,
    pub(super) rows_count: usize,
}

/// A separating plane.
#[derive(Debug, Clone)]
pub(super) struct Plane {
    pub(super) weights: Vec<f32>,
    pub(super) bias: f32,
}

/// Rounds over all texts: liblinear's default is 1,000; ours end by tolerance after 10 to 60.
const ROUNDS_MAX: u32 = 300;
/// Largest violation of optimality that counts as solved (liblinear's default is 0.1).
const TOLERANCE: f32 = 0.1;

impl Problem {
    pub(super) fn len(&self) -> usize {
        self.labels.len()
    }

    fn features_of(&self, text: usize) -> &[(u32, f32)] {
        &self.features[self.bounds[text]..self.bounds[text + 1]]
    }

    /// On which side of a plane a text lies, and how far.
    pub(super) fn score(&self, plane: &Plane, text: usize) -> f32 {
        let weighed =
            self.features_of(text).iter().map(|&(row, v)| plane.weights[row as usize] * v);
        weighed.sum::<f32>() + plane.bias
    }

    /// Separates the texts of `label` from all others.
    pub(super) fn separate(&self, label: u16, seed: u64) -> Plane {
        let mut descent = Descent {
            problem: self,
            label,
            plane: Plane { weights: vec![0.0; self.rows_count], bias: 0.0 },
            duals: vec![0.0; self.len()],
            active: (0..self.len() as u32).collect(),
            random: seed ^ u64::from(label).wrapping_mul(0x9E37_79B9_7F4A_7C15),
        };
        descent.run();
        descent.plane
    }
}

struct Descent<'a> {
    problem: &'a Problem,
    label: u16,
    plane: Plane,
    duals: Vec<f32>,
    active: Vec<u32>,
    random: u64,
}

/// Largest and smallest projected gradient of a round.
struct Violation {
    largest: f32,
    smallest: f32,
}

impl Descent<'_> {
    fn run(&mut self) {
        let mut shrink_above = f32::INFINITY;
        for _ in 0..ROUNDS_MAX {
            let whole = self.active.len() == self.problem.len();
            let violation = self.round(shrink_above);
            if violation.largest - violation.smallest <= TOLERANCE {
                if whole {
                    return;
                }
                self.active = (0..self.problem.len() as u32).collect();
                shrink_above = f32::INFINITY;
                continue;
            }
            shrink_above = if violation.largest > 0.0 { violation.largest } else { f32::INFINITY };
        }
    }

    fn round(&mut self, shrink_above: f32) -> Violation {
        let mut violation = Violation { largest: f32::NEG_INFINITY, smallest: f32::INFINITY };
        self.shuffle();
        let mut at = 0;
        while at < self.active.len() {
            let text = self.active[at] as usize;
            let gradient = self.gradient(text);
            if self.duals[text] == 0.0 && gradient > shrink_above {
                self.active.swap_remove(at);
                continue;
            }
            let projected = if self.duals[text] == 0.0 { gradient.min(0.0) } else { gradient };
            violation.largest = violation.largest.max(projected);
            violation.smallest = violation.smallest.min(projected);
            if projected.abs() > 1e-12 {
                self.step(text, gradient);
            }
            at += 1;
        }
        violation
    }

    fn sign(&self, text: usize) -> f32 {
        if self.problem.labels[text] == self.label { 1.0 } else { -1.0 }
    }

    /// The diagonal that squared hinge loss adds.
    fn softness(&self, text: usize) -> f32 {
        0.5 / self.problem.costs[text]
    }

    fn gradient(&self, text: usize) -> f32 {
        let score = self.problem.score(&self.plane, text);
        self.sign(text) * score - 1.0 + self.duals[text] * self.softness(text)
    }

    fn step(&mut self, text: usize, gradient: f32) {
        let before = self.duals[text];
        let curvature = self.problem.squares[text] + self.softness(text);
        let after = (before - gradient / curvature).max(0.0);
        self.duals[text] = after;
        let change = (after - before) * self.sign(text);
        self.plane.bias += change;
        for &(row, value) in self.problem.features_of(text) {
            self.plane.weights[row as usize] += change * value;
        }
    }

    fn shuffle(&mut self) {
        for last in (1..self.active.len()).rev() {
            self.random = self.random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let mixed = (self.random ^ self.random >> 29).wrapping_mul(0xD6E8_FEB8_6659_FD93);
            let pick = (u128::from(mixed) * (last as u128 + 1)) >> 64;
            self.active.swap(last, pick as usize);
        }
    }
}
