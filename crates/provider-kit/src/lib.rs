//! dashtam-provider-kit
