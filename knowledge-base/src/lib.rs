//! The knowledge base: articles in, answers out. Knows nothing of orders.
