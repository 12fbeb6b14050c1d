//! dashtam-sandbox-bank
