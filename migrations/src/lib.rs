//! dashtam-migrations
