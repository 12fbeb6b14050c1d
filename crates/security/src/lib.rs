//! dashtam-security
