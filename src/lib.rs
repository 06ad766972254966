//! The edge of `hotline`: files, sockets, clocks and threads around the engine.
