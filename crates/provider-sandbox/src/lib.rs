//! dashtam-provider-sandbox
