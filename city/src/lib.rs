//! A simulated city around the engine. Decides nothing itself.
