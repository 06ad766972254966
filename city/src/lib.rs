//! A simulated city around the engine: arrivals, callers, handlers, faults, judges. Decides nothing itself.
//!
//! Empty so far; it holds the place that the manifests and the tidy test guard.
