//! dashtam-api
