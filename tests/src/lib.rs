//! dashtam-tests
