//! dashtam-mail
