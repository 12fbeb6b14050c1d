//! dashtam-local
