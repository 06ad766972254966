//! How each target stands, for figures and notes: told up to where, and whether it was given up. Changes nothing.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use metrics::gauge;

/// One target.
#[derive(Debug, Default)]
pub(super) struct Standing {
    pub(super) name: String,
    sequence: AtomicU64,
    is_parked: AtomicBool,
}

impl Standing {
    pub(super) fn new(name: &str) -> Arc<Standing> {
        Arc::new(Standing { name: name.to_owned(), ..Standing::default() })
    }

    pub(super) fn reach(&self, sequence: u64) {
        self.sequence.store(sequence, Ordering::Relaxed);
    }

    /// Nothing is sent to it any more.
    pub(super) fn park(&self) {
        self.is_parked.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_parked(&self) -> bool {
        self.is_parked.load(Ordering::Relaxed)
    }

    fn measure(&self, lag: u64) {
        let is_parked = f64::from(u8::from(self.is_parked()));
        gauge!("hotline_webhook_lag_records", "target" => self.name.clone()).set(lag as f64);
        gauge!("hotline_webhook_parked", "target" => self.name.clone()).set(is_parked);
    }
}

/// All targets.
#[derive(Debug, Default)]
pub(crate) struct Standings(RwLock<Vec<Arc<Standing>>>);

impl Standings {
    /// These and no others, from now on.
    pub(super) fn replace(&self, standings: Vec<Arc<Standing>>) {
        let mut all = self.0.write().unwrap_or_else(PoisonError::into_inner);
        for gone in all.iter() {
            // Figures of a target that is no more would warn for ever.
            Standing::new(&gone.name).measure(0);
        }
        *all = standings;
    }

    /// Brings the figures up to date.
    pub(crate) fn measure(&self, head: u64) {
        for standing in self.0.read().unwrap_or_else(PoisonError::into_inner).iter() {
            standing.measure(head.saturating_sub(standing.sequence.load(Ordering::Relaxed)));
        }
    }

    /// What an operator should see to.
    pub(crate) fn notes(&self) -> Vec<String> {
        let all = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let parked = all.iter().filter(|standing| standing.is_parked());
        let note = |standing: &Arc<Standing>| {
            format!(
                "webhook target `{}` was given up: nothing is sent to it until a SIGHUP or a restart",
                standing.name
            )
        };
        parked.map(note).collect()
    }
}
