//! dashtam-persistence
