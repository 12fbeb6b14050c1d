//! dashtam-application
