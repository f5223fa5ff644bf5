//! Puts the IDE into the program, as far as it was built: `tools/setup` does that, from `web/ide`. Without it the program
//! says how to get it. Nothing is fetched or run here.

use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

const PACKED: &str = "web/ide/dist/packed";

#[expect(clippy::disallowed_methods, reason = "cargo tells a build script by the environment what it has to know")]
fn main() {
    println!("cargo:rerun-if-changed={PACKED}");
    let root = env::var("CARGO_MANIFEST_DIR").expect("cargo says where the manifest is");
    let packed = Path::new(&root).join(PACKED);
    let manifest = fs::read_to_string(packed.join("manifest.json")).unwrap_or_else(|_| "[]".into());
    let mut names: Vec<String> = fs::read_dir(&packed)
        .map(|files| files.filter_map(|file| file.ok()?.file_name().into_string().ok()).collect())
        .unwrap_or_default();
    names.retain(|name| name.ends_with(".gz"));
    names.sort();
    let mut text = format!("const MANIFEST: &str = {manifest:?};\nconst PACKED: &[(&str, &[u8])] = &[\n");
    for name in names {
        let path = packed.join(&name);
        let _ = writeln!(
            text,
            "    ({:?}, include_bytes!({:?})),",
            name.trim_end_matches(".gz"),
            path.display().to_string()
        );
    }
    text.push_str("];\n");
    let out = env::var("OUT_DIR").expect("cargo says where to write");
    fs::write(Path::new(&out).join("ide.rs"), text).expect("cargo's directory can be written");
}
