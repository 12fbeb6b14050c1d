//! Generates a client from the OpenAPI document whose file `DASHTAM_OPENAPI` names.

use std::{env, error::Error, fs, path::PathBuf};

use openapi_to_rust::{CodeGenerator, GeneratorConfig, SchemaAnalyzer};

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-env-changed=DASHTAM_OPENAPI");
    let file = env::var("DASHTAM_OPENAPI").unwrap_or_else(|_| "openapi.json".to_owned());
    println!("cargo::rerun-if-changed={file}");
    let document = serde_json::from_str(&fs::read_to_string(file)?)?;
    let out = PathBuf::from(env::var("OUT_DIR")?);
    let generator = CodeGenerator::new(GeneratorConfig {
        output_dir: out.join("dashtam"),
        tracing_enabled: false,
        ..GeneratorConfig::default()
    });
    let result = generator.generate_all(&mut SchemaAnalyzer::new(document)?.analyze()?)?;
    generator.write_files(&result)?;
    let module = format!("#[path = {:?}]\npub mod dashtam;\n", out.join("dashtam/mod.rs"));
    fs::write(out.join("dashtam.rs"), module)?;
    Ok(())
}
