//! Bytes on disk: append, sync, scan, snapshot files. Knows nothing of orders.
