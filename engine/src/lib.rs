//! The pure core: rules, state and classifier. No I/O, no clock, no threads, no randomness.
