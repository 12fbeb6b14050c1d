//! dashtam-statements
